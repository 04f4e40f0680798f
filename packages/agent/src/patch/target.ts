import type { RolloutTarget } from '@imprint/protocol';
import { isRecord, stateRecord } from '../state/json.ts';
import type { ReleaseState, VerifiedRelease } from '../state/records.ts';

/** What the server last told this device to run, and since when it says so. */
export interface StoredTarget {
  readonly target: RolloutTarget;
  readonly receivedAt: string;
}

/** Nothing else: both are shown to people who log in, and the server alone vouches for them. Source: RFC 3339. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const versionText = /^[A-Za-z0-9][A-Za-z0-9.+~:_-]{0,99}$/;
const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && instant.test(value) && Number.isFinite(Date.parse(value));
const isVersion = (value: unknown): value is string => typeof value === 'string' && versionText.test(value);

function readWindow(value: unknown): RolloutTarget['installWindow'] {
  if (!isRecord(value) || !isInstant(value.from)) return undefined;
  return isInstant(value.to) ? { from: value.from, to: value.to } : { from: value.from };
}

/** Reads a target; undefined where it is none. A window that cannot be read makes it unreadable: nothing is installed at a guessed time. */
export function readTarget(value: unknown): RolloutTarget | undefined {
  if (!isRecord(value)) return undefined;
  const { releaseSha256, version, sequence, downloadFrom, installWindow, deadline } = value;
  if (typeof releaseSha256 !== 'string' || !/^[0-9a-f]{64}$/.test(releaseSha256)) return undefined;
  if (!isVersion(version) || !Number.isSafeInteger(sequence) || Number(sequence) < 1) return undefined;
  if (!isInstant(deadline) || (downloadFrom !== undefined && !isInstant(downloadFrom))) return undefined;
  const window = readWindow(installWindow);
  if (installWindow !== undefined && window === undefined) return undefined;
  return {
    releaseSha256,
    version,
    sequence: Number(sequence),
    deadline,
    ...(downloadFrom === undefined ? {} : { downloadFrom }),
    ...(window === undefined ? {} : { installWindow: window }),
  };
}

export const targetRecord = stateRecord<StoredTarget>(
  'target.json',
  'the target of the last check-in',
  (value) => readTarget(value.target) !== undefined && isInstant(value.receivedAt),
);

/** Why a target is not followed: a code of this agent, what was expected and what is there, and whether it may pass. */
export interface TargetRefusal {
  readonly code: 'AGENT_TARGET_NOT_VERIFIED' | 'AGENT_TARGET_NOT_NEWER' | 'AGENT_TARGET_EXPIRED';
  readonly params: { readonly expected: string; readonly got: string };
  readonly isFinal: boolean;
}

/** What this device knows when it judges a target. */
export interface TargetFacts {
  readonly release: ReleaseState | undefined;
  /** Sequence of the release that runs here, where it verified here. */
  readonly runningSequence: number | undefined;
  readonly runningLockSha256: string;
  readonly now: Date;
}

export type JudgedTarget = { readonly release: VerifiedRelease } | { readonly refusal: TargetRefusal };

/**
 * A target only says when: what may be installed is the release that verified on this device, and nothing else. It has to be the very
 * one, its verification must not have been refused since, and it must not lie behind what runs.
 */
export function judgeTarget(target: RolloutTarget, facts: TargetFacts): JudgedTarget {
  const refuse = (code: TargetRefusal['code'], expected: string, got: string, isFinal: boolean) => ({
    refusal: { code, params: { expected, got }, isFinal },
  });
  const { release: state, runningSequence, runningLockSha256, now } = facts;
  const release = state?.release;
  if (release === undefined || state?.outcome === 'refused')
    return refuse('AGENT_TARGET_NOT_VERIFIED', target.releaseSha256, state?.code ?? 'none', false);
  if (release.sha256 !== target.releaseSha256)
    return refuse('AGENT_TARGET_NOT_VERIFIED', release.sha256, target.releaseSha256, false);
  if (release.lockSha256 === runningLockSha256) return { release };
  if (runningSequence !== undefined && release.sequence <= runningSequence)
    return refuse('AGENT_TARGET_NOT_NEWER', `above ${runningSequence}`, String(release.sequence), true);
  const ends = [release.expiresAt, release.emergencyUntil ?? release.expiresAt];
  const over = ends.find((end) => Date.parse(end) <= now.getTime());
  if (over !== undefined) return refuse('AGENT_TARGET_EXPIRED', now.toISOString(), over, false);
  return { release };
}
