import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { withPatchLock } from '../state/lock.ts';
import type { PatchMachine } from './machine.ts';
import { clearNotice } from './notice.ts';
import { type Progress, progressRecord } from './progress.ts';
import { readSituation } from './situation.ts';

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a duration such as `30m`, `2h` or `1d`, in milliseconds; undefined where it is none. */
export function readDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  return unit === '' ? undefined : Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

/** The installed release that waits for a restart. @throws AGENT_RESTART_NOT_NEEDED */
function waiting(device: Device): Progress {
  const { progress } = readSituation(device);
  if (progress?.step !== 'restart-needed' || progress.bootId !== device.platform.bootId())
    throw agentError('AGENT_RESTART_NOT_NEEDED');
  return progress;
}

/**
 * Keeps a person's choice: the restart waits `laterMs`, but not beyond the deadline. Returns when it will be.
 * @throws AGENT_RESTART_NOT_NEEDED, AGENT_LOCKED
 */
export const restartLater = (device: Device, laterMs: number): Promise<string> =>
  withPatchLock(device, async () => {
    const progress = waiting(device);
    const wanted = device.now().getTime() + laterMs;
    const latest = Math.max(Date.parse(progress.target.deadline), device.now().getTime());
    const restartAfter = new Date(Math.min(wanted, latest)).toISOString();
    progressRecord.save(device.files, { ...progress, restartAfter, announcedAt: device.now().toISOString() });
    return restartAfter;
  });

/** Starts the system anew at once, as the person asks. @throws AGENT_RESTART_NOT_NEEDED, AGENT_LOCKED */
export const restartNow = (device: Device, machine: PatchMachine): Promise<void> =>
  withPatchLock(device, async () => {
    const progress = waiting(device);
    progressRecord.save(device.files, { ...progress, restartAfter: device.now().toISOString() });
    clearNotice(device);
    if (machine.isBooted) await machine.restart(0, '');
  });
