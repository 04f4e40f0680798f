import { createHash } from 'node:crypto';

export const leaseDays = 180;
export const graceDays = 30;
export const renewIntervalDays = 7;

const dayMs = 86_400_000;
const intervalMs = renewIntervalDays * dayMs;
/** Renewed within a day of being due, a device keeps its weekly beat. */
const toleranceMs = dayMs;

/** Returns a device's place within the renewal interval, in milliseconds: as good as random, and always the same. */
function phaseMs(deviceId: string): number {
  const digest = createHash('sha256').update(`imprint-renew/v1 ${deviceId}`).digest();
  return digest.readUIntBE(0, 6) % intervalMs;
}

/**
 * Returns when a device renews next: the first instant of its own phase not before seven days.
 *
 * A first lease waits the whole seven days, so for 7 to 14; a renewal counts a day's delay as on time, so that one made some
 * hours after its instant is followed by the next beat and not by the one after it.
 */
export function renewAfter(deviceId: string, fromMs: number, isFirst = false): number {
  const earliest = fromMs + intervalMs - (isFirst ? 0 : toleranceMs);
  const behind = (phaseMs(deviceId) - earliest) % intervalMs;
  return earliest + (behind < 0 ? behind + intervalMs : behind);
}

const firstDelayMs = 60_000;

/**
 * Returns how long to wait after a number of failures in a row: full jitter below a bound that doubles from a minute to a day.
 * `random` is uniform in [0, 1).
 */
export function retryDelayMs(failures: number, random: number): number {
  const bound = Math.min(dayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.floor(random * bound);
}
