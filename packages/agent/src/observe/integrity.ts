import type { DeviceReport, EditionIdentity } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { changedAt, isBetween, type Progress, progressRecord } from '../patch/progress.ts';
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
function lastVerification(
  device: Device,
  edition: EditionIdentity,
  progress: Progress | undefined,
): IntegrityState | undefined {
  const last = integrityRecord.load(device.files);
  if (last === undefined || last.manifestSha256 !== manifestOf(device, edition)) return undefined;
  const changed = changedAt(progress)?.getTime();
  const beganAt = Date.parse(last.verifiedAt) - last.seconds * 1000;
  // A change that lies ahead is one of a clock that was set back since: it would never be behind a verification.
  const isAhead = changed === undefined || changed > device.now().getTime();
  return isAhead || beganAt >= changed ? last : undefined;
}

/** Is a full verification wanted and of use now? Once a day and after each installation; not while the system is between two releases. */
export function isVerificationDue(device: Device, edition: EditionIdentity): boolean {
  if (manifestOf(device, edition) === undefined) return false;
  const progress = loadReadable(device.files, progressRecord);
  if (isBetween(progress, device.now())) return false;
  const last = lastVerification(device, edition, progress);
  const age = device.now().getTime() - Date.parse(last?.verifiedAt ?? '');
  return !(age >= 0 && age < dueAfterMs);
}

/** The outcome of the last full verification, with its age; unknown where there is none of the system as it is. */
export function observeIntegrity(look: Look, edition: EditionIdentity): DeviceReport['integrity'] {
  const { device, now, say } = look;
  const progress = loadReadable(device.files, progressRecord);
  const last = lastVerification(device, edition, progress);
  if (last === undefined) {
    const reason = isBetween(progress, now)
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
