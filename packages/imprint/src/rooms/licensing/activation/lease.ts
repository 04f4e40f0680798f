import { type LeaseAnswer, type LeaseClaims, licenceTypes } from '@imprint/protocol';
import { graceDays, signLicenceToken } from '@imprint/trust';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import type { LicenceKey } from '../context.ts';
import type { ActivationRow } from '../tables.ts';
import type { Terms } from './terms.ts';

/** Seats taken beyond those agreed, and until when that is tolerated. */
export interface Overage {
  readonly count: number;
  readonly until: Date | undefined;
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** The claims of an activation's newest lease: from what is stored and nothing else, so that asked again they are the same. */
export function leaseClaims(row: ActivationRow, terms: Terms): LeaseClaims {
  const issuedAt = seconds(row.renewed_at);
  return {
    iss: 'imprint',
    jti: `${row.id}.${row.generation}`,
    sub: row.device_id,
    iat: issuedAt,
    nbf: issuedAt,
    exp: seconds(row.lease_ends_at),
    edition: terms.edition,
    class: terms.deviceClass,
    agency: agencyIdOf(row.agency_path),
    features: [...terms.features],
    generation: row.generation,
    renew: seconds(row.renew_at),
    grace: graceDays * 86_400,
    nonce: row.nonce,
    cnf: { jkt: row.device_id },
    ...(row.overage_until === null ? {} : { overage: seconds(row.overage_until) }),
  };
}

/** What a device is answered: its lease, and that its seat is beyond those agreed where it is. */
export function leaseAnswer(
  claims: LeaseClaims,
  row: ActivationRow,
  overage: Overage | undefined,
  key: LicenceKey,
): LeaseAnswer {
  const answer = {
    valid: true as const,
    lease: signLicenceToken(licenceTypes.lease, claims, key),
    activation: row.id,
  };
  return overage === undefined ? answer : { ...answer, ...overageNote(overage) };
}

export function overageNote({ count, until }: Overage): Pick<LeaseAnswer, 'code' | 'overage'> {
  return {
    code: 'SEATS_OVERAGE',
    overage: { count, ...(until === undefined ? {} : { until: until.toISOString() }) },
  };
}
