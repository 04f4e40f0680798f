import type { RolloutReport, RolloutTarget } from '@imprint/protocol';
import { stateRecord } from '../state/json.ts';
import type { VerifiedRelease } from '../state/records.ts';
import { readTarget } from './target.ts';

/** How far this device has come with one release. What is done is seen on the disk; this says what the disk cannot. */
export interface Progress {
  /** As it was when this began, so that what has begun is finished although the server says nothing any more. */
  readonly target: RolloutTarget;
  /** What is being installed, so that it is finished although the channel goes on to another one. */
  readonly release?: VerifiedRelease;
  readonly step: RolloutReport['step'];
  readonly since: string;
  /** The code of what last went wrong, and in words. */
  readonly code?: string;
  readonly reason?: string;
  /** How often installing was begun and failed for a reason that does not pass by itself. */
  readonly attempts: number;
  /** Start of the system in which something was last installed. */
  readonly bootId?: string;
  /** Packages that installing changed, over all attempts. */
  readonly changed?: readonly string[];
  /** Why the system has to start anew; empty or absent where it has not. */
  readonly restartReasons?: readonly string[];
  /** Bytes that downloading has cost. */
  readonly downloadedBytes?: number;
  /** What was wrong before anything was installed; undefined where it could not be asked. */
  readonly failedUnitsBefore?: readonly string[];
  readonly failingPoliciesBefore?: readonly string[];
  /** Held packages that were installed anyway, to be held again. */
  readonly held?: readonly string[];
  /** Packages of the earlier release whose removal waits for the restart. */
  readonly leftover?: readonly string[];
  readonly installedAt?: string;
  /** When they were removed. */
  readonly tidiedAt?: string;
  /** What the person at the device chose, or when they were told. */
  readonly restartAfter?: string;
  readonly announcedAt?: string;
  readonly healthy?: boolean;
  readonly healthCheckedAt?: string;
}

export const progressRecord = stateRecord<Progress>(
  'patching.json',
  'how far patching has come',
  (value) =>
    readTarget(value.target) !== undefined &&
    typeof value.step === 'string' &&
    typeof value.since === 'string' &&
    Number.isSafeInteger(value.attempts),
);

/** When the system was last changed here. */
export function changedAt(progress: Progress | undefined): Date | undefined {
  const last = progress?.tidiedAt ?? progress?.installedAt;
  return last === undefined ? undefined : new Date(last);
}

/** True while the system is between two releases: some of the new one is there, or packages of the earlier one still are. */
export function isBetween(progress: Progress | undefined, now: Date): boolean {
  if (progress === undefined) return false;
  const { step, leftover = [], target } = progress;
  // Beyond the deadline neither a restart nor what hinders the installation is waited for.
  if (now.getTime() >= Date.parse(target.deadline)) return false;
  const isIn = step === 'restart-needed' || step === 'installed';
  return step === 'installing' || (isIn && leftover.length > 0);
}

/** Moves on to a step; what went wrong before it is over. */
export function moveTo(progress: Progress, step: Progress['step'], now: Date): Progress {
  const { code: _code, reason: _reason, ...rest } = progress;
  return { ...rest, step, since: progress.step === step ? progress.since : now.toISOString() };
}
