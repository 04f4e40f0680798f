import type { Device } from '../device.ts';
import { clockRecord } from '../state/records.ts';

const toleranceMs = 24 * 3_600_000;

/**
 * The instant freshness is judged at: never behind the highest time known here, so that setting a clock back makes nothing
 * old look fresh. A clock more than a day behind that withholds no release, but freshness is then not known.
 * @throws AGENT_STATE_CORRUPT
 */
export function trustedNow(device: Device): { readonly now: Date; readonly isBehind: boolean } {
  const now = device.now();
  const seen = new Date(clockRecord.load(device.files)?.highestSeen ?? now);
  const behindMs = seen.getTime() - now.getTime();
  return { now: behindMs > 0 ? seen : now, isBehind: behindMs > toleranceMs };
}

/** Remembers an instant at which metadata was fresh: a clock far ahead finds it expired and never gets here. */
export function rememberTime(device: Device, instant: Date): void {
  const seen = clockRecord.load(device.files)?.highestSeen;
  if (seen === undefined || Date.parse(seen) < instant.getTime()) {
    clockRecord.save(device.files, { highestSeen: instant.toISOString() });
  }
}
