/** After as many attempts a message is given up on: it stays, for people to see. */
export const maximumAttempts = 15;

const firstDelayMs = 5_000;
const maximumDelayMs = 3_600_000;

/**
 * Milliseconds to wait after so many failed attempts: from 5 s, doubling up to an hour, of which half is random so that
 * messages that failed together do not come back together. `random` is from 0 to below 1.
 */
export function retryDelayMs(failures: number, random: number): number {
  const full = Math.min(maximumDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
