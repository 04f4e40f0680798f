import type { LeaseClaims, LicenceState } from '@imprint/protocol';
import { retryDelayMs } from '@imprint/trust';
import type { Attempts } from './records.ts';

/** A wait longer than any that is ever decided comes from a clock that was set: it holds nobody up. */
const longestWaitMs = 2 * 86_400_000;

/** States in which the lease held does not count: another one is asked for without waiting for its renewal. */
const wanting: ReadonlySet<LicenceState> = new Set([
  'unactivated',
  'restricted',
  'revoked',
  'duplicate_suspect',
]);

/** Whether to ask for a lease now: on the licence clock for what is due, on the wall clock for the wait after a failure. */
export function isRequestDue(seen: {
  readonly state: LicenceState;
  readonly lease: LeaseClaims | undefined;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly attempts: Attempts | undefined;
}): boolean {
  const { state, lease, nowMs, wallMs, attempts } = seen;
  const waitMs = attempts === undefined ? 0 : Date.parse(attempts.nextAt) - wallMs;
  if (waitMs > 0 && waitMs <= longestWaitMs) return false;
  return wanting.has(state) || lease === undefined || nowMs >= lease.renew * 1000;
}

/** Milliseconds until the next attempt: full jitter under a doubling bound of a day at most, and never before the server asked. */
export function waitMs(failures: number, retryAfterSeconds: number | undefined, random: number): number {
  const askedMs = (retryAfterSeconds ?? 0) * 1000;
  return Math.max(retryDelayMs(failures, random), Math.round(askedMs * (1 + random)));
}
