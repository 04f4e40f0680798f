import { existsSync } from 'node:fs';
import type { EditionIdentity, RolloutTarget } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { readEdition } from '../settings.ts';
import { loadReadable } from '../state/json.ts';
import { type ReleaseState, releaseRecord, runningRecord, type VerifiedRelease } from '../state/records.ts';
import { hasBegun } from './plan.ts';
import { type Progress, progressRecord } from './progress.ts';
import { judgeTarget, type StoredTarget, type TargetRefusal, targetRecord } from './target.ts';

/** What is directed, what verified, how far it has come: all from records, nothing asked of anybody. */
export interface Situation {
  readonly edition: EditionIdentity;
  readonly stored?: StoredTarget;
  /** What is aimed at: as directed, or what has begun although nothing is directed any more. */
  readonly target?: RolloutTarget;
  /** Of that target. */
  readonly progress?: Progress;
  /** Of another release, that was on its way when the target changed. */
  readonly abandoned?: Progress;
  readonly release?: VerifiedRelease;
  readonly refusal?: TargetRefusal;
  readonly isCommitted: boolean;
}

/**
 * A release that has begun to be installed is finished even where the channel cannot be verified just now, or has gone on to a newer
 * one that is not directed yet: half of it is worse than either. Withdrawn is withdrawn.
 */
function verifiedBegun(state: ReleaseState | undefined, progress: Progress): VerifiedRelease | undefined {
  const { target, step, release } = progress;
  if (state?.release?.sha256 === target.releaseSha256)
    return state.code === 'TRUST_RELEASE_WITHDRAWN' ? undefined : state.release;
  return step === 'installing' && release?.sha256 === target.releaseSha256 ? release : undefined;
}

function judge(device: Device, edition: EditionIdentity, target: RolloutTarget, progress?: Progress) {
  const state = releaseRecord.load(device.files);
  const running = runningRecord.load(device.files);
  const isRunning = running?.lockSha256 === edition.lockSha256;
  // What is installed is started and looked at, although the channel has gone on to a newer one.
  if (isRunning && running?.sha256 === target.releaseSha256) return { release: running };
  const begun = progress !== undefined && hasBegun(progress) ? verifiedBegun(state, progress) : undefined;
  if (begun !== undefined) return { release: begun };
  return judgeTarget(target, {
    release: state,
    runningSequence: isRunning ? running?.sequence : undefined,
    runningLockSha256: edition.lockSha256,
    now: device.now(),
  });
}

/** Reads where this device stands with its target. @throws AGENT_SETTINGS_*, AGENT_STATE_CORRUPT */
export function readSituation(device: Device): Situation {
  const edition = readEdition(device);
  // Both are as good as none where they are damaged: the server directs anew each time, and what was done is seen on the disk.
  const stored = loadReadable(device.files, targetRecord);
  const last = loadReadable(device.files, progressRecord);
  const target = stored?.target ?? (hasBegun(last) ? last?.target : undefined);
  const base = { edition, ...(stored === undefined ? {} : { stored }) };
  if (target === undefined) return { ...base, isCommitted: false };
  const isSame = last?.target.releaseSha256 === target.releaseSha256;
  const progress = isSame ? last : undefined;
  const judged = judge(device, edition, target, progress);
  return {
    ...base,
    target,
    ...judged,
    ...(progress === undefined ? {} : { progress: { ...progress, target } }),
    ...(isSame || last?.step !== 'installing' ? {} : { abandoned: last }),
    isCommitted: 'release' in judged && judged.release.lockSha256 === edition.lockSha256,
  };
}

/** True where packages can be installed at all: Debian, with its tools. */
export const canPatch = (device: Device): boolean =>
  device.platform.windows === undefined &&
  ['/usr/bin/apt-get', '/usr/bin/dpkg'].every((path) => existsSync(at(device, path)));
