import { type LeaseClaims, type LicenceToken, qrTextOf } from '@imprint/protocol';
import { typedLease } from '@imprint/trust';
import type { LicenceKey } from '../context.ts';
import type { OfflineLeaseAnswer } from './model.ts';

/** The forms in which a lease is carried to its device: a QR code's text, and a code to type where the request was typed. */
export function carriersOf(
  lease: LicenceToken,
  claims: LeaseClaims,
  origin: 'offline' | 'typed',
  key: LicenceKey,
): NonNullable<OfflineLeaseAnswer['carriers']> {
  const qr = qrTextOf('lease', lease.token, lease.national);
  return origin === 'typed' ? { qr, typed: typedLease(claims, key) } : { qr };
}
