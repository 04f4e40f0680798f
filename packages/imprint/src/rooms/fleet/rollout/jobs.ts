import { serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import { type AssuranceEvent, recordAll } from '../../assurance/index.ts';
import type { RolloutContext } from './context.ts';
import type { Decision } from './engine/facts.ts';
import { advance } from './engine/rules.ts';
import { readFacts, readPlan } from './load.ts';
import {
  cleanGroups,
  dueRollouts,
  insertDecisions,
  lockRollout,
  saveGroup,
  saveLookAt,
  saveRollout,
} from './store.ts';
import type { RolloutRow, Trx } from './tables.ts';

const service = serviceContext('rollout');

/** Moves rollouts on as devices report and time passes. */
export function rolloutJob(context: RolloutContext, everyMs = 5_000): RepeatedJob {
  return { name: 'fleet-rollout', everyMs, run: () => advanceRollouts(context) };
}

/** Takes every decision that is due. One rollout that cannot be decided about holds up no other. */
export async function advanceRollouts(context: RolloutContext): Promise<void> {
  const now = context.clock.now();
  const ids = await context.database.transaction(service, (trx) => dueRollouts(trx, now));
  const failures: unknown[] = [];
  for (const id of ids) {
    await context.database
      .transaction(service, (trx) => advanceOne(trx, context, id))
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function advanceOne(trx: Trx, context: RolloutContext, id: string): Promise<void> {
  const now = context.clock.now();
  const row = await lockRollout(trx, id);
  const plan = row === undefined ? undefined : await readPlan(trx, row.plan_id);
  if (row === undefined || (row.state !== 'active' && row.state !== 'done')) return;
  // A plan this version cannot read is left as it is, and looked at again when its devices report.
  await cleanGroups(trx, id);
  if (plan === undefined) return saveLookAt(trx, id, null);
  const { decisions, facts, lookAt } = advance(plan, await readFacts(trx, row, plan, now), now);
  for (const decision of decisions) await carryOut(trx, row, decision, now);
  await insertDecisions(
    trx,
    decisions.map(({ sentence }) => ({
      id: context.ids.id(),
      rollout_id: id,
      agency_path: row.agency_path,
      at: now,
      actor: service.actor,
      code: sentence.code,
      en: sentence.en,
      zh: sentence['zh-CN'],
    })),
  );
  const isLooking = facts.state === 'active' || facts.state === 'done';
  if (decisions.length === 0) return saveLookAt(trx, id, lookAt ?? null);
  await saveRollout(trx, id, { state: facts.state, look_at: isLooking ? (lookAt ?? null) : null });
  await recordAll(
    trx,
    decisions.map((decision) => eventOf(row, decision, now)),
  );
}

async function carryOut(trx: Trx, row: RolloutRow, decision: Decision, now: Date): Promise<void> {
  if (!('ring' in decision)) return;
  const { ring, group: step, what } = decision;
  const changes = {
    open: { phase: 'open', opened_at: now },
    hold: { held_at: now },
    break: { held_at: null },
    pass: { phase: 'passed' },
  } as const;
  await saveGroup(trx, { rollout_id: row.id, ring, step }, changes[what]);
}

function eventOf(row: RolloutRow, decision: Decision, at: Date): AssuranceEvent {
  const what = 'ring' in decision ? `${decision.what}-group` : `${decision.what}-rollout`;
  const place = 'ring' in decision ? `/${decision.ring}/${decision.group}` : '';
  return {
    at,
    action: `fleet.${what}`,
    actor: service.actor,
    agencyPath: row.agency_path,
    subject: `rollout:${row.id}${place}`,
    digests: { release: row.release_sha256 },
  };
}
