import type { DeviceReport, EditionIdentity } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { changedAt, isBetween, progressRecord } from '../patch/progress.ts';
import { loadReadable } from '../state/json.ts';
import { type IntegrityState, integrityRecord, runningRecord } from '../state/records.ts';
import { integrityFile } from '../verify/verify.ts';
import type { Look } from './look.ts';

const staleAfterMs = 3 * 86_400_000;
const dueAfterMs = 86_400_000;

/** The digest a verification of this image has to be against, once its release verified. */
function manifestOf(device: Device, edition: EditionIdentity): string | undefined {
  const running = runningRecord.load(device.files);
  if (running === undefined || running.lockSha256 !== edition.lockSha256) return undefined;
  return integrityFile(running)?.sha256;
}

/** The last verification of what runs here, unless patching has changed the system since it began. */
function lastVerification(device: Device, edition: EditionIdentity): IntegrityState | undefined {
  const last = integrityRecord.load(device.files);
  if (last === undefined || last.manifestSha256 !== manifestOf(device, edition)) return undefined;
  const progress = loadReadable(device.files, progressRecord);
  const changed = progress === undefined ? undefined : changedAt(progress);
  const beganAt = Date.parse(last.verifiedAt) - last.seconds * 1000;
  return changed !== undefined && beganAt < changed.getTime() ? undefined : last;
}

const isBetweenReleases = (device: Device): boolean => {
  const progress = loadReadable(device.files, progressRecord);
  return progress !== undefined && isBetween(progress, device.now());
};

/**
 * Is a full verification wanted, and can it be done? Due once a day and after each change of release or by it; not while the system is
 * between two.
 */
export function integrityNeed(
  device: Device,
  edition: EditionIdentity,
): 'fresh' | 'due' | 'later' | 'impossible' {
  if (manifestOf(device, edition) === undefined) return 'impossible';
  if (isBetweenReleases(device)) return 'later';
  const last = lastVerification(device, edition);
  const age = device.now().getTime() - Date.parse(last?.verifiedAt ?? '');
  return age >= 0 && age < dueAfterMs ? 'fresh' : 'due';
}

/** The outcome of the last full verification, with its age; unknown before the first. */
export function observeIntegrity(look: Look, edition: EditionIdentity): DeviceReport['integrity'] {
  const { device, now, say } = look;
  const last = lastVerification(device, edition);
  if (last === undefined) {
    const reason = isBetweenReleases(device)
      ? say('an installation is under way', '安装正在进行')
      : say('not verified yet', '尚未验证');
    return { state: 'unknown', reason };
  }
  const figures = { observedAt: last.verifiedAt, checked: last.checked, differing: [...last.differing] };
  if (last.differingCount > 0) {
    const reason = say(`${last.differingCount} paths differ`, `${last.differingCount} 个路径不同`);
    return { state: 'failing', ...figures, reason };
  }
  if (now.getTime() - Date.parse(last.verifiedAt) > staleAfterMs) {
    return {
      state: 'stale',
      ...figures,
      reason: say('verified more than three days ago', '上次验证已超过三天'),
    };
  }
  return { state: 'ok', ...figures };
}
