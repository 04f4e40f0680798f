import { isWithin, onBehalfOf } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf, organisationError } from '../../organisation/index.ts';
import { refuse } from './begin.ts';
import type { RolloutContext } from './context.ts';
import type { Facts } from './engine/facts.ts';
import { failuresOf } from './engine/judgement.ts';
import { isThrough } from './engine/rules.ts';
import { rolloutError } from './errors.ts';
import { readFacts, readPlan } from './load.ts';
import type { NewDeferral, RingPlan, RolloutDeferral, RolloutState } from './model.ts';
import { windowRefusals } from './plan/rules.ts';
import {
  deferralsOf,
  findRollout,
  insertDecisions,
  lockRollout,
  putDeferral,
  removeDeferral,
  saveGroup,
  saveRollout,
} from './store.ts';
import type { DeferralRow, RolloutRow, Trx } from './tables.ts';
import { deferralView } from './views.ts';

/** What a person did, for everybody who may see the rollout. */
interface Act {
  readonly action: string;
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

/**
 * Holds a rollout: nothing opens and nothing is offered until somebody resumes it.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE
 */
export function pauseRollout(
  context: RolloutContext,
  access: Access,
  id: string,
  reason: string,
): Promise<void> {
  return change(context, access, id, ['active'], async (trx) => {
    await saveRollout(trx, id, { state: 'paused', look_at: null });
    return { action: 'pause', code: 'pausedByPerson', en: `paused: ${reason}`, zh: `已暂停：${reason}` };
  });
}

/**
 * Lets a paused or halted rollout go on. The failures there are by now are let pass, those to come are judged as ever.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE, FLEET_ROLLOUT_RELEASE_NOT_OFFERED
 */
export function resumeRollout(
  context: RolloutContext,
  access: Access,
  id: string,
  reason: string,
): Promise<void> {
  return change(context, access, id, ['paused', 'halted'], async (trx, row, plan) => {
    const now = context.clock.now();
    const facts = await readFacts(trx, row, plan, now);
    if (facts.release !== 'current') {
      const params = { release: row.release_sha256, standing: facts.release };
      throw rolloutError('FLEET_ROLLOUT_RELEASE_NOT_OFFERED', params);
    }
    const forgiven = row.state === 'halted' ? await forgive(trx, row, facts) : 0;
    await saveRollout(trx, id, { state: 'active', look_at: now });
    const zhForgiven = forgiven === 0 ? '' : `（忽略 ${forgiven} 台失败设备）`;
    const enForgiven = forgiven === 0 ? '' : ` (${forgiven} failures let pass)`;
    return {
      action: 'resume',
      code: 'resumedByPerson',
      en: `resumed${enForgiven}: ${reason}`,
      zh: `已恢复${zhForgiven}：${reason}`,
    };
  });
}

async function forgive(trx: Trx, row: RolloutRow, facts: Facts): Promise<number> {
  let forgiven = 0;
  for (const group of facts.groups) {
    const failures = failuresOf(group);
    if (failures === 0) continue;
    forgiven += failures;
    await saveGroup(trx, { rollout_id: row.id, ring: group.ring, step: group.group }, { forgiven: failures });
  }
  return forgiven;
}

/**
 * Ends a rollout for good: nothing more is offered. What a device has begun it finishes.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE
 */
export function stopRollout(
  context: RolloutContext,
  access: Access,
  id: string,
  reason: string,
): Promise<void> {
  return change(context, access, id, ['active', 'paused', 'halted', 'done'], async (trx) => {
    await saveRollout(trx, id, { state: 'stopped', look_at: null });
    return { action: 'stop', code: 'stoppedByPerson', en: `stopped: ${reason}`, zh: `已终止：${reason}` };
  });
}

/**
 * Waits no longer for the group of a ring that holds the rollout up; its failures so far are let pass, its devices stay offered.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE, FLEET_ROLLOUT_NOTHING_TO_SKIP
 */
export function skipRing(
  context: RolloutContext,
  access: Access,
  id: string,
  { ring, reason }: { ring: string; reason: string },
): Promise<void> {
  return change(context, access, id, ['active'], async (trx, row, plan) => {
    const now = context.clock.now();
    const { groups } = await readFacts(trx, row, plan, now);
    const own = groups.filter((group) => plan.rings[group.ring]?.name === ring);
    const isUnproved =
      isThrough(own) && own.every(({ phase, counts }) => phase === 'passed' && counts.succeeded === 0);
    const group = own.find(({ phase }) => phase === 'open') ?? (isUnproved ? own.at(-1) : undefined);
    if (group === undefined) throw rolloutError('FLEET_ROLLOUT_NOTHING_TO_SKIP', { ring });
    const place = { rollout_id: id, ring: group.ring, step: group.group };
    await saveGroup(trx, place, { phase: 'skipped', forgiven: failuresOf(group) });
    await saveRollout(trx, id, { look_at: now });
    const number = group.group + 1;
    return {
      action: 'skip',
      code: 'skippedByPerson',
      en: `group ${number} of ring ${ring} skipped: ${reason}`,
      zh: `跳过环 ${ring} 第 ${number} 组：${reason}`,
    };
  });
}

/**
 * Approves after the fact what was begun in the emergency lane; somebody other than who began it.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE, FLEET_ROLLOUT_NOT_EMERGENCY, FLEET_ROLLOUT_APPROVER_SAME
 */
export function approveEmergency(
  context: RolloutContext,
  access: Access,
  id: string,
  reason: string,
): Promise<void> {
  return change(context, access, id, ['active', 'paused', 'halted', 'done'], async (trx, row) => {
    if (row.approve_by === null || row.approved_at !== null)
      throw rolloutError('FLEET_ROLLOUT_NOT_EMERGENCY');
    if (row.begun_by === access.actor) throw rolloutError('FLEET_ROLLOUT_APPROVER_SAME');
    await saveRollout(trx, id, { approved_at: context.clock.now(), approved_by: access.actor });
    return {
      action: 'approve-emergency',
      code: 'approvedByPerson',
      en: `approved after the fact: ${reason}`,
      zh: `事后批准：${reason}`,
    };
  });
}

/** Changes a rollout of the asker's own, writes down who did what and why, and records it. */
function change(
  context: RolloutContext,
  access: Access,
  id: string,
  states: readonly RolloutState[],
  act: (trx: Trx, row: RolloutRow, plan: RingPlan) => Promise<Act>,
): Promise<void> {
  return context.database.transaction(access, async (trx) => {
    const row = await lockRollout(trx, id);
    const plan = row === undefined ? undefined : await readPlan(trx, row.plan_id);
    if (row === undefined || plan === undefined) throw rolloutError('FLEET_ROLLOUT_UNKNOWN', { rollout: id });
    if (!states.includes(row.state)) {
      throw rolloutError('FLEET_ROLLOUT_STATE', { expected: states.join(', '), state: row.state });
    }
    const { action, code, en, zh } = await act(trx, row, plan);
    const at = context.clock.now();
    const { actor } = access;
    const agencyPath = row.agency_path;
    await insertDecisions(trx, [
      { id: context.ids.id(), rollout_id: id, agency_path: agencyPath, at, actor, code, en, zh },
    ]);
    const digests = { release: row.release_sha256 };
    await record(trx, {
      at,
      action: `fleet.${action}-rollout`,
      actor,
      agencyPath,
      subject: `rollout:${id}`,
      digests,
    });
  });
}

/**
 * Slows a rollout down for an agency below the one that owns it, or with nothing wanted no longer does. Whatever it says ends with the
 * plan's cap.
 * @throws FLEET_ROLLOUT_UNKNOWN, FLEET_ROLLOUT_STATE, FLEET_DEFERRAL_HASTENS, FLEET_DEFERRAL_BEYOND_CAP, FLEET_RING_PLAN_INVALID
 */
export function deferRollout(
  context: RolloutContext,
  access: Access,
  id: string,
  wanted: NewDeferral,
): Promise<RolloutDeferral[]> {
  // Under the service's context: the rollout may be of an agency above. The agency that defers is the asker's or below.
  return context.database.transaction(onBehalfOf(access), async (trx) => {
    const now = context.clock.now();
    const found = await findRollout(trx, id);
    const isKnown =
      found !== undefined &&
      (isWithin(access, found.agency_path) || access.agencyPath.startsWith(found.agency_path));
    const row = isKnown ? await lockRollout(trx, id) : undefined;
    const plan = row === undefined ? undefined : await readPlan(trx, row.plan_id);
    if (row === undefined || plan === undefined) throw rolloutError('FLEET_ROLLOUT_UNKNOWN', { rollout: id });
    if (row.state === 'stopped' || row.state === 'replaced') {
      throw rolloutError('FLEET_ROLLOUT_STATE', {
        expected: 'active, paused, halted, done',
        state: row.state,
      });
    }
    const agencyPath = await pathWithin(trx, access, wanted.agencyId ?? access.agencyId);
    if (agencyPath === row.agency_path || !agencyPath.startsWith(row.agency_path)) {
      throw rolloutError('FLEET_DEFERRAL_HASTENS');
    }
    checkDeferral(plan, row, wanted, now);
    const isNothing =
      (wanted.delayDays ?? 0) === 0 && wanted.isPaused !== true && wanted.installWindows === undefined;
    if (isNothing) await removeDeferral(trx, id, agencyPath);
    else await putDeferral(trx, deferralRow(context, access, row, agencyPath, wanted));
    await saveRollout(trx, id, {});
    await record(trx, {
      at: now,
      action: isNothing ? 'fleet.end-deferral' : 'fleet.defer-rollout',
      actor: access.actor,
      agencyPath,
      subject: `rollout:${id}`,
      digests: { release: row.release_sha256 },
    });
    return (await deferralsOf(trx, id)).filter((one) => isWithin(access, one.agency_path)).map(deferralView);
  });
}

/** The path of an agency that is the asker's or below it. @throws ORGANISATION_AGENCY_UNKNOWN */
async function pathWithin(trx: Trx, access: Access, agencyId: string): Promise<string> {
  const path = await agencyPathOf(trx, agencyId);
  if (!isWithin(access, path)) throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: agencyId });
  return path;
}

function checkDeferral(plan: RingPlan, row: RolloutRow, wanted: NewDeferral, now: Date): void {
  const cap = row.approve_by === null ? plan.deferralCapDays : (plan.emergency?.deferralCapDays ?? 0);
  const got = wanted.delayDays ?? 0;
  if (got > cap) throw rolloutError('FLEET_DEFERRAL_BEYOND_CAP', { cap, got });
  if (wanted.installWindows !== undefined) refuse(windowRefusals(plan, wanted.installWindows, now));
}

function deferralRow(
  { clock, ids }: RolloutContext,
  { actor }: Access,
  row: RolloutRow,
  agencyPath: string,
  wanted: NewDeferral,
): DeferralRow {
  return {
    id: ids.id(),
    rollout_id: row.id,
    agency_path: agencyPath,
    delay_days: wanted.delayDays ?? 0,
    is_paused: wanted.isPaused ?? false,
    paused_until: wanted.pausedUntil === undefined ? null : new Date(wanted.pausedUntil),
    install_windows: wanted.installWindows ?? null,
    changed_by: actor,
    changed_at: clock.now(),
  };
}
