import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAntivirusDue } from '../antivirus/due.ts';
import type { Device } from '../device.ts';
import { canPatch, readSituation } from './situation.ts';

/** True where a patch run has something to do, now or when its time comes. */
function isPatchDue(device: Device): boolean {
  if (!canPatch(device)) return false;
  const { target, refusal, progress } = readSituation(device);
  if (target === undefined || refusal !== undefined) return false;
  if (progress?.step === 'failed' || progress?.step === 'fell-back') return false;
  return !(progress?.step === 'installed' && progress.healthy === true);
}

/** Asks for a run of what patches, which also brings a directed antivirus on, by the file that the system waits for. */
export function askForPatch(device: Device): void {
  if (device.runtimeDir !== undefined && (isPatchDue(device) || isAntivirusDue(device)))
    writeFileSync(join(device.runtimeDir, 'patch-due'), '');
}
