import type { DeviceReport, RolloutTarget } from '@imprint/protocol';
import { type Interval, nextOpening } from '../calendar/rules.ts';
import type { GroupPhase, Outcome, Ring, RingPlan, RolloutState, Schedule } from '../model.ts';
import type { ReleaseRef } from '../tables.ts';

/** What a device's report says of a release it is to run; undefined when it says nothing. */
export interface Told {
  readonly outcome: Exclude<Outcome, 'deferred'>;
  readonly step: string;
  readonly code?: string;
  readonly since?: string;
}

type Reported = Pick<DeviceReport, 'edition' | 'release' | 'rollout'>;

/** Orders versions such as `2026.11.0` by their numbers. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string) =>
    text
      .split(/\D+/)
      .filter((part) => part !== '')
      .map(Number);
  const [one, other] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Reads a report. Success is an installed release that runs and whose health checks passed; a claim is never believed against the
 * version that runs, and one who succeeded and runs something else has fallen back, whether it says so or not.
 */
export function readReport(
  report: Reported,
  target: ReleaseRef,
  floors: readonly ReleaseRef[],
  before: Outcome | undefined,
): Told | undefined {
  const { rollout } = report;
  const runsTarget = report.edition.version === target.version;
  const wasDone = before === 'succeeded' || before === 'unhealthy';
  if (rollout?.releaseSha256 === target.sha256) {
    const { step, since, code, healthy } = rollout;
    const told = { step, since, ...(code === undefined ? {} : { code }) };
    if (step === 'failed' || step === 'fell-back') return { ...told, outcome: step };
    if (step !== 'installed') return { ...told, outcome: 'pending' };
    if (!runsTarget) return { ...told, outcome: 'fell-back' };
    if (healthy === undefined) return { ...told, outcome: 'pending' };
    return { ...told, outcome: healthy ? 'succeeded' : 'unhealthy' };
  }
  if (wasDone && !runsTarget) return { outcome: 'fell-back', step: 'fell-back' };
  const floor = floors.find(({ sha256 }) => sha256 === rollout?.releaseSha256);
  if (floor !== undefined && rollout !== undefined) return readFloor(rollout);
  const { release } = report;
  // Told nothing any more, as after a halt, a device says nothing of it either: what it said before stands.
  if (!wasDone && runsTarget && release.state === 'ok' && release.sha256 === target.sha256) {
    return { outcome: 'pending', step: 'installed' };
  }
  return undefined;
}

function readFloor({ step, since, code, healthy }: NonNullable<DeviceReport['rollout']>): Told {
  const told = { step, since, ...(code === undefined ? {} : { code }) };
  if (step === 'failed' || step === 'fell-back') return { ...told, outcome: step };
  return { ...told, outcome: healthy === false ? 'unhealthy' : 'pending' };
}

/** What a device installs next: the first floor above what it runs, else the target. */
export function nextRelease(runs: string, target: ReleaseRef, floors: readonly ReleaseRef[]): ReleaseRef {
  return floors.find(({ version }) => compareVersions(runs, version) < 0) ?? target;
}

/** How an agency slows a rollout down for its devices and those of the agencies below it. */
export interface Deferral {
  readonly agencyPath: string;
  readonly delayDays: number;
  readonly isPaused: boolean;
  readonly pausedUntil?: Date;
  readonly installWindows?: Schedule;
}

/** When a device may begin and when it must be done. */
export interface Offer {
  readonly from: number;
  readonly deadline: number;
  readonly schedules: readonly Schedule[];
}

const dayMs = 86_400_000;

/**
 * When a device of an agency gets what its group was opened to. Every agency above it may put it off, none beyond the cap; the
 * windows of all have to be open.
 */
export function offerOf(
  plan: RingPlan,
  ring: Pick<Ring, 'installWindows'>,
  openedAt: Date,
  deferrals: readonly Deferral[],
  agencyPath: string,
  isEmergency: boolean,
): Offer {
  const capDays = isEmergency
    ? (plan.emergency?.deferralCapDays ?? plan.deferralCapDays)
    : plan.deferralCapDays;
  const opened = openedAt.getTime();
  const deadline = opened + capDays * dayMs;
  const own = deferrals.filter((deferral) => agencyPath.startsWith(deferral.agencyPath));
  const froms = own.flatMap(({ delayDays, isPaused, pausedUntil }) => [
    opened + delayDays * dayMs,
    ...(isPaused ? [pausedUntil?.getTime() ?? Number.POSITIVE_INFINITY] : []),
  ]);
  const schedules = [ring.installWindows, ...own.map(({ installWindows }) => installWindows)].filter(
    (schedule) => schedule !== undefined,
  );
  return { from: Math.min(deadline, Math.max(opened, ...froms)), deadline, schedules };
}

/** When a device installs: the window it is in or the next, else its deadline; undefined means at any time. */
export function installWindow(
  { from, deadline, schedules }: Offer,
  now: Date,
  opening: (after: Date) => Interval | undefined = (after) => nextOpening(schedules, after),
): RolloutTarget['installWindow'] {
  if (schedules.length === 0 || now.getTime() >= deadline) return undefined;
  const next = opening(new Date(Math.max(from, now.getTime())));
  if (next === undefined || next.from >= deadline) return { from: new Date(deadline).toISOString() };
  return { from: new Date(next.from).toISOString(), to: new Date(next.to).toISOString() };
}

/** What a device is told, when it is told anything. */
export function targetOf(
  release: ReleaseRef,
  ring: Pick<Ring, 'downloadEarly'>,
  offer: Offer,
  window: RolloutTarget['installWindow'],
): RolloutTarget {
  const isEarly = ring.downloadEarly === true || window === undefined;
  return {
    releaseSha256: release.sha256,
    version: release.version,
    sequence: release.sequence,
    downloadFrom: isEarly ? new Date(offer.from).toISOString() : window.from,
    ...(window === undefined ? {} : { installWindow: window }),
    deadline: new Date(offer.deadline).toISOString(),
  };
}

/** Steps after which putting off comes too late. */
const begun = ['installing', 'restart-needed', 'installed'];

/** Where a device stands after a report; undefined leaves it out: its group has not opened, or it is not offered anything. */
export function standingAfter(
  told: Told | undefined,
  before: Outcome | undefined,
  group: { readonly phase: GroupPhase },
  state: RolloutState,
  isDeferred: boolean,
): Outcome | undefined {
  if (group.phase === 'waiting') return undefined;
  if (told !== undefined && (told.outcome !== 'pending' || begun.includes(told.step))) return told.outcome;
  if (before !== undefined && before !== 'deferred' && before !== 'pending') return before;
  if (state !== 'active' && state !== 'done') return before;
  return isDeferred ? 'deferred' : 'pending';
}
