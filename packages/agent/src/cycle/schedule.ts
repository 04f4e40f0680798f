const firstRetrySeconds = 4;
const longestRetrySeconds = 3_600;
const longestStartSeconds = 30;
const unenrolledSeconds = 300;
/** A week as directed, and what the spread adds. */
const longestWaitMs = 1.1 * 7 * 86_400_000;

/** What the last cycle ended with. `failures` counts the failed ones in a row, this one included. */
export type CycleEnd =
  | { readonly kind: 'directed'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly failures: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'not-enrolled' };

/**
 * Seconds until the next cycle, at least 1. `random` is uniform in [0, 1).
 * Directed: within ±10 %. Failed: full jitter under a doubling cap, and never earlier than the server asked.
 * Source: docs/design/device-messages.md, check-in.
 */
export function secondsUntilNext(end: CycleEnd, random: number): number {
  if (end.kind === 'not-enrolled') return Math.round(unenrolledSeconds * (0.9 + 0.2 * random));
  if (end.kind === 'directed') return Math.max(1, Math.round(end.seconds * (0.9 + 0.2 * random)));
  const asked = end.retryAfterSeconds;
  if (asked !== undefined) return Math.max(1, Math.ceil(asked + asked * random));
  const cap = Math.min(longestRetrySeconds, firstRetrySeconds * 2 ** Math.min(end.failures - 1, 20));
  return Math.max(1, Math.ceil(cap * random));
}

/**
 * Whether a directed instant has come. A clock that was set back behind the decision, or an instant further away than any
 * direction reaches, is no reason to wait.
 */
export function isDue(dueAt: string, decidedAt: string, now: Date): boolean {
  const at = now.getTime();
  const [due, decided] = [Date.parse(dueAt), Date.parse(decidedAt)];
  return !(at < due && at >= decided && due - decided <= longestWaitMs);
}

/** Seconds an enrolled device waits after it starts: an office switched on at once does not ask at once. */
export function secondsAfterStart(checkInSeconds: number, random: number): number {
  return Math.max(1, Math.ceil(Math.min(checkInSeconds, longestStartSeconds) * random));
}
