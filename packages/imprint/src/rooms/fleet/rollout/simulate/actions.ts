import { onBehalfOf } from '../../../../platform/database/index.ts';
import type { Access } from '../../../../platform/http/access.ts';
import { assign } from '../assign/rules.ts';
import { planFor } from '../begin.ts';
import type { RolloutContext } from '../context.ts';
import { sectorsBelow } from '../load.ts';
import type { Simulation, WantedSimulation } from '../model.ts';
import { lastHeard, populationOf } from '../store.ts';
import { simulate } from './rules.ts';

/**
 * Plays a plan through with the devices there are now, and changes nothing.
 * @throws FLEET_RING_PLAN_UNKNOWN
 */
export async function simulateRollout(
  context: RolloutContext,
  access: Access,
  wanted: WantedSimulation,
): Promise<Simulation> {
  const now = context.clock.now();
  const { edition, channel, failurePercent = 1, answerHours = 24 } = wanted;
  const ground = await context.database.transaction(onBehalfOf(access), async (trx) => {
    const { row, plan } = await planFor(trx, access, wanted.planId);
    const path = row.agency_path;
    const sectorOf = await sectorsBelow(trx, plan, path);
    const devices = await populationOf(trx, edition, channel, path);
    const heard = await lastHeard(trx, edition, channel, path, now);
    // Where a rollout's seed would be drawn, any will do: only numbers are shown.
    return { plan, heard, ...assign(plan, context.ids.secret(), devices, sectorOf), devices: devices.length };
  });
  const { plan, planned, unassigned, devices } = ground;
  const offline = ground.heard
    .filter(({ days }) => days === null || days * 24 >= plan.silenceHours)
    .reduce((sum, one) => sum + Number(one.devices), 0);
  const offlineShare = devices === 0 ? 0 : offline / devices;
  const assumed = { planned, offlineShare, failurePercent, answerHours };
  const baseAt = wanted.baseAt === undefined ? now : new Date(wanted.baseAt);
  return {
    assumptions: { devices, offline, unassigned, failurePercent, answerHours },
    ...simulate(plan, assumed, baseAt),
  };
}
