import { type AccessContext, isWithin } from '../../../platform/database/index.ts';
import { explain } from './engine/explain.ts';
import { countsOf, readFacts, readPlan } from './load.ts';
import type {
  GroupCounts,
  Outcome,
  RingPlan,
  RingPlanDetail,
  RingPlanSummary,
  Rollout,
  RolloutDeferral,
  RolloutDetail,
  Schedule,
} from './model.ts';
import { deferralsOf, findPlan, findRollout, groupsOfRollout, listDecisions, ownCounts } from './store.ts';
import type { DecisionRow, DeferralRow, GroupRow, RingPlanRow, RolloutRow, Trx } from './tables.ts';

export function planSummaryOf(row: RingPlanRow): RingPlanSummary {
  const { id, environment, version, sha256 } = row;
  return { id, environment, version, sha256, createdAt: row.created_at.toISOString() };
}

export function planDetailOf(row: RingPlanRow): RingPlanDetail {
  return { ...planSummaryOf(row), plan: row.plan as RingPlan };
}

export function rolloutOf(row: RolloutRow, plan: Pick<RingPlanRow, 'environment' | 'version'>): Rollout {
  return {
    id: row.id,
    environment: plan.environment,
    planVersion: plan.version,
    edition: row.edition,
    channel: row.channel,
    version: row.version,
    sequence: row.sequence,
    releaseSha256: row.release_sha256,
    state: row.state,
    baseAt: row.base_at.toISOString(),
    plannedAt: row.planned_at.toISOString(),
    unassigned: row.unassigned,
    ...(row.emergency_reason === null || row.approve_by === null
      ? {}
      : {
          emergency: {
            reason: row.emergency_reason,
            approveBy: row.approve_by.toISOString(),
            ...(row.approved_at === null ? {} : { approvedAt: row.approved_at.toISOString() }),
          },
        }),
  };
}

/** True for whoever may decide about a rollout, and for agencies below it whose devices it moves. */
export function mayLookAt(access: AccessContext, row: Pick<RolloutRow, 'agency_path'>): boolean {
  return isWithin(access, row.agency_path) || access.agencyPath.startsWith(row.agency_path);
}

/**
 * A rollout with where it stands now. Runs under the service's context, because agencies below see what was decided above them:
 * of its numbers and reasons only those of their own devices.
 */
export async function showRollout(
  trx: Trx,
  access: AccessContext,
  id: string,
  now: Date,
): Promise<RolloutDetail | undefined> {
  const row = await findRollout(trx, id);
  if (row === undefined || !mayLookAt(access, row)) return undefined;
  const planRow = await findPlan(trx, row.plan_id);
  const plan = await readPlan(trx, row.plan_id);
  if (planRow === undefined || plan === undefined) return undefined;
  const isOwner = isWithin(access, row.agency_path);
  const groups = await groupsOfRollout(trx, id);
  const counts = isOwner ? undefined : await ownCounts(trx, id, access.agencyPath);
  const deferrals = await deferralsOf(trx, id);
  return {
    ...rolloutOf(isOwner ? row : { ...row, unassigned: 0 }, planRow),
    groups: groups.map((group) => ({
      ring: plan.rings[group.ring]?.name ?? String(group.ring),
      group: group.step,
      phase: group.phase,
      ...(group.opened_at === null ? {} : { openedAt: group.opened_at.toISOString() }),
      ...(group.held_at === null ? {} : { heldAt: group.held_at.toISOString() }),
      ...(counts === undefined ? countsOf(group) : ownCountsOf(group, counts)),
    })),
    explanation: isOwner ? explain(plan, await readFacts(trx, row, plan, now), now) : [],
    decisions: isOwner ? (await listDecisions(trx, id, 100)).map(decisionOf) : [],
    deferrals: deferrals.filter((one) => mayLookAt(access, one)).map(deferralView),
    asOf: now.toISOString(),
  };
}

const names = {
  deferred: 'deferred',
  pending: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  'fell-back': 'fellBack',
  unhealthy: 'unhealthy',
} as const satisfies Record<Outcome, keyof GroupCounts>;

function ownCountsOf({ ring, step }: GroupRow, counts: Awaited<ReturnType<typeof ownCounts>>): GroupCounts {
  const own = counts.filter((one) => one.ring === ring && one.step === step);
  const result = { planned: 0, deferred: 0, pending: 0, succeeded: 0, failed: 0, fellBack: 0, unhealthy: 0 };
  for (const { outcome, devices } of own) {
    result[names[outcome]] = devices;
    result.planned += devices;
  }
  return result;
}

function decisionOf({ at, actor, code, en, zh }: DecisionRow) {
  return { at: at.toISOString(), actor, code, en, 'zh-CN': zh };
}

export function deferralView(row: DeferralRow): RolloutDeferral {
  return {
    agencyPath: row.agency_path,
    delayDays: row.delay_days,
    isPaused: row.is_paused,
    ...(row.paused_until === null ? {} : { pausedUntil: row.paused_until.toISOString() }),
    ...(row.install_windows === null ? {} : { installWindows: row.install_windows as Schedule }),
    changedAt: row.changed_at.toISOString(),
  };
}
