import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { clockRecord } from '../state/records.ts';

const toleranceMs = 24 * 3_600_000;

/**
 * The instant freshness is judged at: never behind the highest time at which fresh metadata verified here. A clock more
 * than a day behind that is refused, so that setting it back makes nothing old look fresh.
 * @throws AGENT_CLOCK_BEHIND, AGENT_STATE_CORRUPT
 */
export function trustedNow(device: Device): Date {
  const now = device.now();
  const seen = clockRecord.load(device.files)?.highestSeen;
  if (seen === undefined) return now;
  if (now.getTime() + toleranceMs < Date.parse(seen)) {
    throw agentError('AGENT_CLOCK_BEHIND', { seen, now: now.toISOString() });
  }
  return now.getTime() < Date.parse(seen) ? new Date(seen) : now;
}

/** Remembers an instant at which metadata was fresh: a clock far ahead finds it expired and never gets here. */
export function rememberTime(device: Device, instant: Date): void {
  const seen = clockRecord.load(device.files)?.highestSeen;
  if (seen === undefined || Date.parse(seen) < instant.getTime()) {
    clockRecord.save(device.files, { highestSeen: instant.toISOString() });
  }
}
