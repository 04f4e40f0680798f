import type { RolloutReport } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { canPatch, readSituation, type Situation } from '../patch/situation.ts';

function refused({ target, refusal, stored }: Situation): RolloutReport | undefined {
  if (target === undefined || refusal === undefined) return undefined;
  return {
    releaseSha256: target.releaseSha256,
    step: refusal.isFinal ? 'failed' : 'waiting',
    since: stored?.receivedAt ?? target.deadline,
    code: refusal.code,
  };
}

/**
 * How far this device has come with the release it was last told to run: what it remembers of it, or why it does not follow.
 * Absent where nothing was directed, and on a system that installs releases in another way.
 */
export function observeRollout(device: Device): RolloutReport | undefined {
  if (!canPatch(device)) return undefined;
  const situation = readSituation(device);
  const { target, progress, stored } = situation;
  if (target === undefined) return undefined;
  const why = refused(situation);
  if (why !== undefined) return why;
  const { releaseSha256 } = target;
  if (progress === undefined)
    return { releaseSha256, step: 'waiting', since: stored?.receivedAt ?? device.now().toISOString() };
  const { step, since, code, healthy } = progress;
  return {
    ...{ releaseSha256, step, since },
    ...(code === undefined ? {} : { code }),
    ...(healthy === undefined ? {} : { healthy }),
  };
}
