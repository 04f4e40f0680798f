import {
  type LicenceToken,
  licenceTypes,
  type RevocationClaims,
  type RevocationReason,
} from '@imprint/protocol';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { licenceError } from './errors.ts';
import { verifyLicenceToken } from './token.ts';

/** About 25 000 revocations. */
const maximumLength = 4_194_304;

const reasons: Readonly<Record<RevocationReason, true>> = {
  'agreement-ended': true,
  'lost-or-stolen': true,
  retired: true,
  misuse: true,
  transferred: true,
  duplicate: true,
  mistake: true,
};

const isWhole = (value: unknown, minimum = 0): boolean =>
  Number.isSafeInteger(value) && (value as number) >= minimum;

function isRevocation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { device, generation, reason, at } = value as Readonly<Record<string, unknown>>;
  const isReason = typeof reason === 'string' && Object.hasOwn(reasons, reason);
  return typeof device === 'string' && isWhole(generation, 1) && isReason && isWhole(at);
}

/**
 * Verifies a revocation list; `knownNumber` is the highest number seen so far.
 *
 * @throws TRUST_REVOCATIONS_ROLLBACK for a lower number, TRUST_LICENCE_*
 */
export function verifyRevocations(
  token: LicenceToken,
  root: Metadata<RootSigned>,
  knownNumber = 0,
): RevocationClaims {
  const claims = verifyLicenceToken(token, licenceTypes.revocations, root, maximumLength);
  const { iss, number, iat, revoked } = claims;
  const isList = iss === 'imprint' && isWhole(number) && isWhole(iat) && Array.isArray(revoked);
  if (!isList || !revoked.every(isRevocation))
    throw licenceError('TRUST_LICENCE_MALFORMED', { got: 'a revocation list of another shape' });
  const list = claims as unknown as RevocationClaims;
  if (list.number < knownNumber)
    throw licenceError('TRUST_REVOCATIONS_ROLLBACK', { known: knownNumber, got: list.number });
  return list;
}

/** True when a list revokes the lease of a device at a generation. */
export function isRevoked(list: RevocationClaims, deviceId: string, generation: number): boolean {
  return list.revoked.some((one) => one.device === deviceId && generation <= one.generation);
}
