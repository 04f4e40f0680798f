import { createHash } from 'node:crypto';
import { canonicalJson } from '@imprint/trust';
import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record, recordAll } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import { findRelease, type ReleaseRow } from '../../release/index.ts';
import { assign } from './assign/rules.ts';
import type { RolloutContext } from './context.ts';
import { rolloutError } from './errors.ts';
import { readPlan, sectorsBelow, standingOfRow } from './load.ts';
import type { NewRingPlan, NewRollout, RingPlan, RingPlanDetail, Rollout } from './model.ts';
import { type PlanRefusal, planRefusals } from './plan/rules.ts';
import {
  findPlan,
  findRollout,
  insertPlan,
  insertRollout,
  latestPlan,
  lockBeginning,
  overlapping,
  populationOf,
  releasesOfVersions,
  saveRollout,
} from './store.ts';
import type { GroupRow, ReleaseRef, RingPlanRow, RolloutRow, Trx } from './tables.ts';
import { compareVersions } from './track/rules.ts';
import { planDetailOf, rolloutOf } from './views.ts';

/**
 * Keeps a ring plan as the next version of its environment; the same as the one before is that one.
 * @throws FLEET_RING_PLAN_INVALID with what is wrong as details, ORGANISATION_AGENCY_UNKNOWN
 */
export function addRingPlan(
  context: RolloutContext,
  access: Access,
  { agencyId, environment, plan }: NewRingPlan,
  dryRun: boolean,
): Promise<RingPlanDetail> {
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const at = context.clock.now();
    const agencyPath = await agencyPathOf(trx, agencyId ?? access.agencyId);
    refuse(planRefusals(plan, agencyPath, at));
    const sha256 = createHash('sha256').update(canonicalJson(plan)).digest('hex');
    await lockBeginning(trx);
    const latest = await latestPlan(trx, agencyPath, environment);
    if (latest?.sha256 === sha256) return planDetailOf(latest);
    const version = (latest?.version ?? 0) + 1;
    const id = context.ids.id();
    const row: RingPlanRow = {
      id,
      agency_path: agencyPath,
      environment,
      version,
      sha256,
      plan,
      created_at: at,
    };
    await insertPlan(trx, row);
    await record(trx, {
      at,
      action: 'fleet.add-ring-plan',
      actor: access.actor,
      agencyPath,
      subject: `ring-plan:${id}`,
      digests: { plan: sha256 },
    });
    return planDetailOf(row);
  });
}

/** Throws the first refusal with all as its details. @throws FLEET_RING_PLAN_INVALID */
export function refuse(refusals: readonly PlanRefusal[]): void {
  if (refusals.length === 0) return;
  const details = refusals.map(({ code, params }) => rolloutError(code, params));
  throw rolloutError('FLEET_RING_PLAN_INVALID', { count: refusals.length }, { details });
}

/**
 * Begins to move the devices of a plan's agency to a release that is published and current. What is done or gives way on the same
 * devices is replaced. With an id of the asker's, the same request again is that rollout.
 * @throws FLEET_RING_PLAN_UNKNOWN, FLEET_ROLLOUT_RELEASE_NOT_OFFERED, FLEET_ROLLOUT_FLOOR_UNAVAILABLE, FLEET_ROLLOUT_OVERLAPS,
 * FLEET_ROLLOUT_EMERGENCY_NOT_ALLOWED, FLEET_ROLLOUT_RELEASE_EMERGENCY, FLEET_ROLLOUT_ID_TAKEN
 */
export function beginRollout(
  context: RolloutContext,
  access: Access,
  wanted: NewRollout,
  dryRun: boolean,
): Promise<Rollout> {
  // Under the service's context: a rollout of an agency above that covers the same devices is in the way, too.
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const now = context.clock.now();
    const { row: planRow, plan } = await planFor(trx, access, wanted.planId);
    await lockBeginning(trx);
    const kept = wanted.id === undefined ? undefined : await findRollout(trx, wanted.id);
    if (kept !== undefined) return sameRollout(access, kept, wanted, planRow);
    const release = await offeredRelease(trx, wanted.releaseSha256, now);
    requireEmergencyFor(release, wanted);
    const floors = await floorsFor(trx, plan, release, now);
    const row: RolloutRow = {
      id: wanted.id ?? context.ids.id(),
      agency_path: planRow.agency_path,
      plan_id: planRow.id,
      edition: release.edition,
      channel: release.channel,
      release_sha256: release.sha256,
      version: release.version,
      sequence: release.sequence,
      floors,
      seed: context.ids.secret(),
      cuts: [],
      unassigned: 0,
      base_at: wanted.baseAt === undefined ? now : new Date(wanted.baseAt),
      planned_at: now,
      begun_by: access.actor,
      state: 'active',
      ...emergencyOf(plan, planRow.environment, wanted, now),
      approved_at: null,
      approved_by: null,
      revision: 1,
      look_at: now,
    };
    const replaced = await giveWay(trx, row);
    const planned = await divided(trx, row, plan);
    await insertRollout(trx, planned.row, planned.groups);
    const event = {
      at: now,
      actor: access.actor,
      digests: { release: row.release_sha256, plan: planRow.sha256 },
    };
    await recordAll(trx, [
      ...replaced.map((one) => ({
        ...event,
        action: 'fleet.replace-rollout',
        agencyPath: one.agency_path,
        subject: `rollout:${one.id}`,
      })),
      {
        ...event,
        action: wanted.emergency === undefined ? 'fleet.begin-rollout' : 'fleet.begin-emergency-rollout',
        agencyPath: row.agency_path,
        subject: `rollout:${row.id}`,
      },
    ]);
    return rolloutOf(planned.row, planRow);
  });
}

/** A plan that the asker may carry out. @throws FLEET_RING_PLAN_UNKNOWN */
export async function planFor(
  trx: Trx,
  access: Access,
  id: string,
): Promise<{ row: RingPlanRow; plan: RingPlan }> {
  const row = await findPlan(trx, id);
  const plan = row === undefined || !isWithin(access, row.agency_path) ? undefined : await readPlan(trx, id);
  if (row === undefined || plan === undefined) throw rolloutError('FLEET_RING_PLAN_UNKNOWN', { plan: id });
  return { row, plan };
}

function sameRollout(access: Access, kept: RolloutRow, wanted: NewRollout, planRow: RingPlanRow): Rollout {
  const isSame =
    isWithin(access, kept.agency_path) &&
    kept.plan_id === wanted.planId &&
    kept.release_sha256 === wanted.releaseSha256 &&
    (wanted.baseAt === undefined || kept.base_at.getTime() === Date.parse(wanted.baseAt)) &&
    kept.emergency_reason === (wanted.emergency?.reason ?? null);
  if (!isSame) throw rolloutError('FLEET_ROLLOUT_ID_TAKEN', { rollout: kept.id });
  return rolloutOf(kept, planRow);
}

/** A release that the register has as current. @throws FLEET_ROLLOUT_RELEASE_NOT_OFFERED */
async function offeredRelease(trx: Trx, sha256: string, now: Date) {
  const release = await findRelease(trx, sha256);
  const standing = standingOfRow(release, now);
  if (release === undefined || standing !== 'current') {
    throw rolloutError('FLEET_ROLLOUT_RELEASE_NOT_OFFERED', { release: sha256, standing });
  }
  return release;
}

/** A release that every party has yet to approve is refused by devices before an ordinary rollout would be through. */
function requireEmergencyFor(
  { version, emergency_until: until }: Pick<ReleaseRow, 'version' | 'emergency_until'>,
  { emergency }: NewRollout,
): void {
  if (until === null || emergency !== undefined) return;
  throw rolloutError('FLEET_ROLLOUT_RELEASE_EMERGENCY', { version, until: until.toISOString() });
}

/** The floors below a release, as the register has them, oldest first. @throws FLEET_ROLLOUT_FLOOR_UNAVAILABLE */
async function floorsFor(
  trx: Trx,
  { floorVersions = [] }: RingPlan,
  release: Awaited<ReturnType<typeof offeredRelease>>,
  now: Date,
): Promise<ReleaseRef[]> {
  const wanted = floorVersions.filter((version) => compareVersions(version, release.version) < 0);
  const found = await releasesOfVersions(trx, release.edition, release.channel, wanted);
  return wanted.toSorted(compareVersions).map((version) => {
    const row = found.find((one) => one.version === version);
    const standing = standingOfRow(row, now);
    if (row === undefined || (standing !== 'superseded' && standing !== 'current')) {
      throw rolloutError('FLEET_ROLLOUT_FLOOR_UNAVAILABLE', { version, standing });
    }
    return { sha256: row.sha256, version, sequence: row.sequence };
  });
}

function emergencyOf(
  { emergency: lane }: RingPlan,
  environment: string,
  { emergency }: NewRollout,
  now: Date,
): Pick<RolloutRow, 'emergency_reason' | 'approve_by'> {
  if (emergency === undefined) return { emergency_reason: null, approve_by: null };
  if (lane === undefined) throw rolloutError('FLEET_ROLLOUT_EMERGENCY_NOT_ALLOWED', { environment });
  const approve_by = new Date(now.getTime() + lane.approveWithinHours * 3_600_000);
  return { emergency_reason: emergency.reason, approve_by };
}

/** Ends what is done on the same devices. @throws FLEET_ROLLOUT_OVERLAPS */
async function giveWay(trx: Trx, row: RolloutRow): Promise<RolloutRow[]> {
  const [blocking] = await overlapping(trx, row, ['active', 'paused', 'halted']);
  if (blocking !== undefined) {
    const { edition, channel } = row;
    throw rolloutError('FLEET_ROLLOUT_OVERLAPS', { edition, channel, state: blocking.state });
  }
  const done = await overlapping(trx, row, ['done']);
  // One of an agency above goes on for the devices that this one does not cover.
  const replaced = done.filter(({ agency_path }) => agency_path.startsWith(row.agency_path));
  for (const { id } of replaced) await saveRollout(trx, id, { state: 'replaced', look_at: null });
  return replaced;
}

/** Divides the devices there are now among the rings and groups. */
async function divided(
  trx: Trx,
  row: RolloutRow,
  plan: RingPlan,
): Promise<{ row: RolloutRow; groups: GroupRow[] }> {
  const sectorOf = await sectorsBelow(trx, plan, row.agency_path);
  const devices = await populationOf(trx, row.edition, row.channel, row.agency_path);
  const { cuts, planned, unassigned } = assign(plan, row.seed, devices, sectorOf);
  const groups = planned.flatMap((counts, ring) =>
    counts.map(
      (count, step): GroupRow => ({
        rollout_id: row.id,
        ring,
        step,
        agency_path: row.agency_path,
        phase: 'waiting',
        planned: count,
        deferred: 0,
        pending: 0,
        succeeded: 0,
        failed: 0,
        fell_back: 0,
        unhealthy: 0,
        forgiven: 0,
        opened_at: null,
        held_at: null,
        is_dirty: true,
      }),
    ),
  );
  return { row: { ...row, cuts, unassigned }, groups };
}
