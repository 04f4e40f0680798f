import type { DeviceReport, RolloutTarget } from '@imprint/protocol';
import { type Place, placer } from '../assign/rules.ts';
import { type Interval, nextOpening } from '../calendar/rules.ts';
import type { ReleaseStanding } from '../engine/facts.ts';
import { cutsOf, deferralOf, floorsOf, readPlan, sectorsBelow, standingOfRow, targetOfRow } from '../load.ts';
import type { GroupPhase, Outcome, RingPlan } from '../model.ts';
import { deferralsOf, findRollout, groupsOfRollout } from '../store.ts';
import type { ReleaseRef, RolloutDeviceRow, RolloutRow, Trx } from '../tables.ts';
import {
  type Deferral,
  installWindow,
  nextRelease,
  type Offer,
  offerOf,
  readReport,
  standingAfter,
  targetOf,
} from './rules.ts';
import {
  devicesOf,
  type FollowedDevice,
  followedRollouts,
  type Movement,
  moveCounters,
  putStandings,
  releaseStates,
  standingsOf,
} from './store.ts';

/** One report that was stored. */
export interface Heard {
  readonly deviceId: string;
  readonly report: Pick<DeviceReport, 'edition' | 'release' | 'rollout'>;
  readonly at: Date;
}

/** Follows devices through the rollouts they are in. */
export interface Follower {
  /**
   * Writes where the devices of a batch stand, moves the counters of their groups, and answers what each is to run. Joins the
   * batch's transaction, after its check-ins: of two reports of one device the second waits for the first.
   */
  follow(trx: Trx, heard: readonly Heard[]): Promise<Map<string, RolloutTarget>>;
}

/** A rollout ready to place devices, as of one revision. */
interface Followed {
  readonly revision: number;
  readonly row: RolloutRow;
  readonly plan: RingPlan;
  readonly target: ReleaseRef;
  readonly floors: readonly ReleaseRef[];
  readonly placeOf: ReturnType<typeof placer>;
  /** By ring and group. */
  readonly groups: ReadonlyMap<string, { phase: GroupPhase; openedAt: Date | null }>;
  readonly deferrals: readonly Deferral[];
  readonly openingOf: (offer: Offer, after: Date) => Interval | undefined;
}

export function openFollower(): Follower {
  const kept = new Map<string, Followed | undefined>();

  /** Rollouts to follow, the newest first; those that changed since are read again. */
  async function current(trx: Trx): Promise<Followed[]> {
    const rows = await followedRollouts(trx);
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
    for (const { id, revision } of rows) {
      if (kept.get(id)?.revision !== revision) kept.set(id, await loadFollowed(trx, id));
    }
    return rows.flatMap(({ id }) => kept.get(id) ?? []);
  }

  return {
    follow: async (trx, heard) => {
      const rollouts = await current(trx);
      if (rollouts.length === 0 || heard.length === 0) return new Map();
      const ids = heard.map(({ deviceId }) => deviceId);
      const devices = new Map((await devicesOf(trx, ids)).map((device) => [device.id, device]));
      const covered = rollouts.filter((rollout) => [...devices.values()].some((one) => covers(rollout, one)));
      if (covered.length === 0) return new Map();
      const before = await standingsOf(trx, ids);
      const releases = await readReleases(trx, covered, heard[0]?.at ?? new Date(0));
      const batch = openBatch();
      for (const one of heard) {
        const device = devices.get(one.deviceId);
        const rollout = device === undefined ? undefined : covered.find((one) => covers(one, device));
        if (device === undefined || rollout === undefined) continue;
        followOne(batch, { rollout, device, heard: one, before: before.get(device.id), releases });
      }
      await putStandings(trx, batch.rows);
      await moveCounters(trx, [...batch.movements.values()]);
      return batch.targets;
    },
  };
}

const covers = ({ row }: Followed, { edition, channel, agency_path }: FollowedDevice): boolean =>
  row.edition === edition && row.channel === channel && agency_path.startsWith(row.agency_path);

async function loadFollowed(trx: Trx, id: string): Promise<Followed | undefined> {
  const row = await findRollout(trx, id);
  const plan = row === undefined ? undefined : await readPlan(trx, row.plan_id);
  if (row === undefined || plan === undefined) return undefined;
  const groups = await groupsOfRollout(trx, id);
  const sectorOf = await sectorsBelow(trx, plan, row.agency_path);
  return {
    revision: row.revision,
    row,
    plan,
    target: targetOfRow(row),
    floors: floorsOf(row),
    placeOf: placer(plan, cutsOf(row), row.seed, sectorOf),
    groups: new Map(
      groups.map(({ ring, step, phase, opened_at }) => [`${ring} ${step}`, { phase, openedAt: opened_at }]),
    ),
    deferrals: (await deferralsOf(trx, id)).map(deferralOf),
    openingOf: rememberOpenings(),
  };
}

/** The next opening of the same windows is the same for everybody until it is over. */
function rememberOpenings(): Followed['openingOf'] {
  const known = new Map<string, { readonly asked: number; readonly opening: Interval | undefined }>();
  return ({ schedules }, after) => {
    const key = JSON.stringify(schedules);
    const at = after.getTime();
    const last = known.get(key);
    if (last !== undefined && at >= last.asked && at < (last.opening?.to ?? last.asked + 86_400_000)) {
      return last.opening;
    }
    const opening = nextOpening(schedules, after);
    known.set(key, { asked: at, opening });
    return opening;
  };
}

type Releases = ReadonlyMap<string, ReleaseStanding>;

async function readReleases(trx: Trx, rollouts: readonly Followed[], now: Date): Promise<Releases> {
  const wanted = new Set(
    rollouts.flatMap(({ target, floors }) => [target.sha256, ...floors.map(({ sha256 }) => sha256)]),
  );
  const states = await releaseStates(trx, [...wanted]);
  return new Map([...wanted].map((sha256) => [sha256, standingOfRow(states.get(sha256), now)]));
}

interface Batch {
  readonly rows: RolloutDeviceRow[];
  readonly movements: Map<string, Movement>;
  readonly targets: Map<string, RolloutTarget>;
}
const openBatch = (): Batch => ({ rows: [], movements: new Map(), targets: new Map() });

interface Case {
  readonly rollout: Followed;
  readonly device: FollowedDevice;
  readonly heard: Heard;
  readonly before: RolloutDeviceRow | undefined;
  readonly releases: Releases;
}

function followOne(batch: Batch, { rollout, device, heard, before: stored, releases }: Case): void {
  const { row, plan } = rollout;
  const before = stored?.rollout_id === row.id ? stored : undefined;
  const isNewcomer = device.enrolled_at > row.planned_at;
  const place =
    before === undefined
      ? rollout.placeOf({ id: device.id, agencyPath: device.agency_path }, isNewcomer)
      : { ring: before.ring, group: before.step };
  const group = place === undefined ? undefined : rollout.groups.get(`${place.ring} ${place.group}`);
  const ring = place === undefined ? undefined : plan.rings[place.ring];
  const openedAt = group?.openedAt ?? undefined;
  if (place === undefined || ring === undefined || group === undefined || openedAt === undefined) return;
  const offer = offerOf(plan, ring, openedAt, rollout.deferrals, device.agency_path, row.approve_by !== null);
  const told = readReport(heard.report, rollout.target, rollout.floors, before?.outcome);
  const isDeferred = heard.at.getTime() < offer.from;
  const outcome = standingAfter(told, before?.outcome, group, row.state, isDeferred);
  if (outcome === undefined) return;
  keep(batch, { row, device, heard, before, place, isNewcomer }, outcome, told);
  if (row.state !== 'active' && row.state !== 'done') return;
  if (outcome !== 'pending' && outcome !== 'succeeded') return;
  const release = nextRelease(heard.report.edition.version, rollout.target, rollout.floors);
  const standing = releases.get(release.sha256);
  // A floor is a release that was current before this one.
  const isOffered =
    releases.get(rollout.target.sha256) === 'current' &&
    (standing === 'current' || (release !== rollout.target && standing === 'superseded'));
  if (!isOffered) return;
  const window = installWindow(offer, heard.at, (after) => rollout.openingOf(offer, after));
  batch.targets.set(device.id, targetOf(release, ring, offer, window));
}

function keep(
  batch: Batch,
  {
    row,
    device,
    heard,
    before,
    place,
    isNewcomer,
  }: Omit<Case, 'rollout' | 'releases'> & { row: RolloutRow; place: Place; isNewcomer: boolean },
  outcome: Outcome,
  told: ReturnType<typeof readReport>,
): void {
  const next: RolloutDeviceRow = {
    device_id: device.id,
    rollout_id: row.id,
    agency_path: device.agency_path,
    ring: place.ring,
    step: place.group,
    outcome,
    report_step: told?.step ?? before?.report_step ?? null,
    code: told === undefined ? (before?.code ?? null) : (told.code ?? null),
    since: told?.since === undefined ? (before?.since ?? heard.at) : new Date(told.since),
    heard_at: heard.at,
  };
  if (before !== undefined && isSame(before, next)) return;
  batch.rows.push(next);
  if (before?.outcome === outcome) return;
  const movement = movementOf(batch, next);
  movement.by[outcome] += 1;
  if (before !== undefined) movement.by[before.outcome] -= 1;
  else if (isNewcomer) movement.planned += 1;
}

/** Hearing the same again is written once an hour, so that silence is known without a write at every check-in. */
const heardEveryMs = 3_600_000;

function isSame(before: RolloutDeviceRow, next: RolloutDeviceRow): boolean {
  return (
    before.outcome === next.outcome &&
    before.report_step === next.report_step &&
    before.code === next.code &&
    before.agency_path === next.agency_path &&
    (next.outcome !== 'pending' || next.heard_at.getTime() - before.heard_at.getTime() < heardEveryMs)
  );
}

function movementOf({ movements }: Batch, row: RolloutDeviceRow): Movement {
  const key = `${row.rollout_id} ${row.ring} ${row.step}`;
  const kept = movements.get(key);
  if (kept !== undefined) return kept;
  const by = { deferred: 0, pending: 0, succeeded: 0, failed: 0, 'fell-back': 0, unhealthy: 0 };
  const movement: Movement = { rolloutId: row.rollout_id, ring: row.ring, step: row.step, planned: 0, by };
  movements.set(key, movement);
  return movement;
}
