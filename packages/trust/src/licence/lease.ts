import { type DeviceClass, type LeaseClaims, type LicenceToken, licenceTypes } from '@imprint/protocol';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { licenceError } from './errors.ts';
import { verifyLicenceToken } from './token.ts';

type Loose = Readonly<Record<string, unknown>>;

/** Every device class, in the order that typed codes count them; appended to, never changed. */
export const deviceClasses = [
  'desktop',
  'laptop',
  'thin-client',
  'server',
  'virtual',
] as const satisfies readonly DeviceClass[];

const isWhole = (value: unknown, minimum = 0): boolean =>
  Number.isSafeInteger(value) && (value as number) >= minimum;
const isText = (value: unknown): value is string => typeof value === 'string';
const isName = (value: unknown): boolean => isText(value) && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value);
const isOptional = (value: unknown, holds: (value: unknown) => boolean): boolean =>
  value === undefined || holds(value);
const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const leaseShape: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: (value) => value === 'imprint',
  jti: (value) => isOptional(value, isText),
  sub: isText,
  iat: isWhole,
  nbf: isWhole,
  exp: isWhole,
  edition: isName,
  class: (value) => (deviceClasses as readonly unknown[]).includes(value),
  agency: (value) => isOptional(value, isText),
  features: (value) => Array.isArray(value) && value.length <= 64 && value.every(isName),
  generation: (value) => isWhole(value, 1),
  renew: isWhole,
  grace: isWhole,
  nonce: (value) => isText(value) && /^[A-Za-z0-9_-]{22}$/.test(value),
  cnf: (value) => isObject(value) && isText(value.jkt),
  overage: (value) => isOptional(value, isWhole),
};

/** Returns claims as those of a lease; a device's bundle has no schema library. @throws TRUST_LICENCE_MALFORMED */
export function readLeaseClaims(claims: Loose): LeaseClaims {
  const wrong = Object.entries(leaseShape).find(([name, holds]) => !holds(claims[name]));
  if (wrong !== undefined)
    throw licenceError('TRUST_LICENCE_MALFORMED', { got: `a lease whose ${wrong[0]} is of another shape` });
  const lease = claims as unknown as LeaseClaims;
  if (lease.exp <= lease.iat || lease.nbf > lease.exp)
    throw licenceError('TRUST_LICENCE_MALFORMED', { got: 'a lease that ends before it begins' });
  return lease;
}

/** Whom and which request a lease must answer. */
export interface ExpectedLease {
  /** RFC 7638 thumbprint of the device key. */
  readonly deviceId: string;
  /** Of the open request; absent when a lease already accepted is read again. */
  readonly nonce?: string;
}

/**
 * Verifies a lease for one device and, where a nonce is given, as the answer to that very request.
 *
 * Time is not judged here: `licenceStateOf` does that, on the licence clock.
 * @throws TRUST_LEASE_WRONG_DEVICE, TRUST_LEASE_NONCE, TRUST_LICENCE_*
 */
export function verifyLease(
  token: LicenceToken,
  root: Metadata<RootSigned>,
  expected: ExpectedLease,
): LeaseClaims {
  const lease = readLeaseClaims(verifyLicenceToken(token, licenceTypes.lease, root));
  const wrong = [lease.sub, lease.cnf.jkt].find((id) => id !== expected.deviceId);
  if (wrong !== undefined) throw licenceError('TRUST_LEASE_WRONG_DEVICE', { got: wrong });
  if (expected.nonce !== undefined && lease.nonce !== expected.nonce) throw licenceError('TRUST_LEASE_NONCE');
  return lease;
}
