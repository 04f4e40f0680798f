import type { LeaseClaims, LicenceState } from '@imprint/protocol';

/** What a device's licence state follows from; `nowMs` is the licence clock, never the wall clock. */
export interface LicenceFacts {
  readonly lease?: LeaseClaims | undefined;
  readonly nowMs: number;
  readonly isClockSuspect: boolean;
  readonly isRevoked: boolean;
  readonly isDuplicate: boolean;
}

/** Returns a device's licence state. A suspect clock consumes no grace; what ends a lease is the licence clock alone. */
export function licenceStateOf(facts: LicenceFacts): LicenceState {
  const { lease, nowMs } = facts;
  if (facts.isRevoked) return 'revoked';
  if (lease === undefined) return 'unactivated';
  if (nowMs >= (lease.exp + lease.grace) * 1000) return 'restricted';
  if (facts.isDuplicate) return 'duplicate_suspect';
  if (facts.isClockSuspect) return 'clock_suspect';
  if (nowMs >= lease.exp * 1000) return 'grace';
  return nowMs >= lease.renew * 1000 ? 'renewal_due' : 'active';
}

/** All that any state ever withholds. Security patches, antivirus definitions and a person's own data have no name here. */
export type Withheld = 'feature-update';

const withheld: Readonly<Record<LicenceState, readonly Withheld[]>> = {
  unactivated: ['feature-update'],
  active: [],
  renewal_due: [],
  grace: [],
  restricted: ['feature-update'],
  revoked: ['feature-update'],
  clock_suspect: [],
  duplicate_suspect: [],
};

/** Returns what a state withholds. */
export function withheldIn(state: LicenceState): readonly Withheld[] {
  return withheld[state];
}
