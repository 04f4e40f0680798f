import { Compile } from 'typebox/compile';
import type { ReleaseRow } from '../../release/index.ts';
import { findRelease } from '../../release/index.ts';
import type { RingCuts, SectorOf } from './assign/rules.ts';
import type { Facts, GroupFacts, ReleaseStanding } from './engine/facts.ts';
import { RingPlan, type Schedule } from './model.ts';
import { findPlan, groupsOfRollout, sectorPaths, silentDevices } from './store.ts';
import type { DeferralRow, GroupRow, ReleaseRef, RolloutRow, Trx } from './tables.ts';
import type { Deferral } from './track/rules.ts';

const planValidator = Compile(RingPlan);

/** A stored plan; undefined when it is not one this version reads. */
export async function readPlan(trx: Trx, id: string): Promise<RingPlan | undefined> {
  const row = await findPlan(trx, id);
  return row !== undefined && planValidator.Check(row.plan) ? row.plan : undefined;
}

export const cutsOf = (row: RolloutRow): readonly RingCuts[] => row.cuts as readonly RingCuts[];
export const floorsOf = (row: RolloutRow): readonly ReleaseRef[] => row.floors as readonly ReleaseRef[];

export const targetOfRow = ({ release_sha256: sha256, version, sequence }: RolloutRow): ReleaseRef => ({
  sha256,
  version,
  sequence,
});

/** Whether a release may be offered, as the register has it now. */
async function standingOf(trx: Trx, sha256: string, now: Date): Promise<ReleaseStanding> {
  return standingOfRow(await findRelease(trx, sha256), now);
}

export function standingOfRow(
  row: Pick<ReleaseRow, 'state' | 'expires_at'> | undefined,
  now: Date,
): ReleaseStanding {
  if (row === undefined) return 'unknown';
  return row.state === 'current' && row.expires_at <= now ? 'expired' : row.state;
}

/** Everything the engine decides by, as it is stored now. */
export async function readFacts(trx: Trx, row: RolloutRow, plan: RingPlan, now: Date): Promise<Facts> {
  const groups = await groupsOfRollout(trx, row.id);
  const since = new Date(now.getTime() - plan.silenceHours * 3_600_000);
  const silent = await silentDevices(trx, row.id, since);
  return {
    state: row.state,
    baseAt: row.base_at,
    release: await standingOf(trx, row.release_sha256, now),
    ...(row.approve_by === null
      ? {}
      : { emergency: { approveBy: row.approve_by, isApproved: row.approved_at !== null } }),
    groups: groups.map((group) => groupFacts(group, silent)),
  };
}

function groupFacts(row: GroupRow, silent: Awaited<ReturnType<typeof silentDevices>>): GroupFacts {
  const quiet = silent.find(({ ring, step }) => ring === row.ring && step === row.step);
  return {
    ring: row.ring,
    group: row.step,
    phase: row.phase,
    counts: countsOf(row),
    silent: { quiet: Number(quiet?.quiet ?? 0), lost: Number(quiet?.lost ?? 0) },
    forgiven: row.forgiven,
    ...(row.opened_at === null ? {} : { openedAt: row.opened_at }),
    ...(row.held_at === null ? {} : { heldAt: row.held_at }),
  };
}

export function countsOf(row: Omit<GroupRow, 'rollout_id' | 'ring' | 'step'>) {
  const { planned, deferred, pending, succeeded, failed, fell_back: fellBack, unhealthy } = row;
  return { planned, deferred, pending, succeeded, failed, fellBack, unhealthy };
}

export function deferralOf(row: DeferralRow): Deferral {
  return {
    agencyPath: row.agency_path,
    delayDays: row.delay_days,
    isPaused: row.is_paused,
    ...(row.paused_until === null ? {} : { pausedUntil: row.paused_until }),
    ...(row.install_windows === null ? {} : { installWindows: row.install_windows as Schedule }),
  };
}

/** Tells the sector of a path: that of the nearest agency at or above it that has one. */
export async function sectorsBelow(
  trx: Trx,
  plan: Pick<RingPlan, 'rings'>,
  agencyPath: string,
): Promise<SectorOf> {
  if (!plan.rings.some(({ select }) => 'sector' in select)) return () => undefined;
  return sectorsAt(trx, agencyPath);
}

/** Tells the sector of every path at or below an agency, as `sectorsBelow`. */
export async function sectorsAt(trx: Trx, agencyPath: string): Promise<SectorOf> {
  const paths = new Map((await sectorPaths(trx, agencyPath)).map(({ path, sector }) => [path, sector]));
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, nearest(paths, path));
    return known.get(path);
  };
}

function nearest(paths: ReadonlyMap<string, string>, path: string): string | undefined {
  for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/', at.length - 2) + 1)) {
    const sector = paths.get(at);
    if (sector !== undefined) return sector;
  }
  return undefined;
}
