import {
  type LeaseClaims,
  type LeaseRequest,
  type LicenceToken,
  licenceTypes,
  messageTypes,
} from '@imprint/protocol';
import {
  jwkOf,
  jwkThumbprint,
  publicKeyOfJwk,
  renewAfter,
  signLicenceToken,
  typedLease,
  verifyJws,
} from '@imprint/trust';
import type { Ceremony } from './repository.ts';

const dayMs = 86_400_000;

/** An operator's desk with seats for everybody: real tokens, idempotent by nonce, one generation after another. */
export interface LeaseDesk {
  /** Verified requests in the order they came. */
  readonly requests: LeaseRequest[];
  answer(message: string): Promise<{ readonly claims: LeaseClaims; readonly lease: LicenceToken }>;
  /** The answer as a code to type. */
  typed(claims: LeaseClaims): string;
  /** Signs any claims, as for a device of which the desk knows nothing. */
  sign(claims: LeaseClaims): LicenceToken;
  revocations(number: number, revoked: readonly { device: string; generation: number }[]): Uint8Array;
}

export interface DeskOptions {
  readonly now: () => Date;
  readonly leaseDays?: number;
}

/** Opens the desk of a ceremony whose root pins its licence key. */
export function openDesk({ profile, licence }: Ceremony, { now, leaseDays = 180 }: DeskOptions): LeaseDesk {
  const key = { profile, signers: licence };
  const held = new Map<string, { nonce: string; claims: LeaseClaims; lease: LicenceToken }>();
  const seconds = (ms: number) => Math.floor(ms / 1000);
  const claimsFor = (deviceId: string, request: LeaseRequest): LeaseClaims => {
    const at = now().getTime();
    const generation = (held.get(deviceId)?.claims.generation ?? 0) + 1;
    return {
      iss: 'imprint',
      jti: `act-1.${generation}`,
      sub: deviceId,
      iat: seconds(at),
      nbf: seconds(at),
      exp: seconds(at + leaseDays * dayMs),
      edition: request.edition,
      class: request.deviceClass,
      agency: 'agency-1',
      features: [],
      generation,
      renew: seconds(renewAfter(deviceId, at, generation === 1)),
      grace: 30 * 86_400,
      nonce: request.nonce,
      cnf: { jkt: deviceId },
    };
  };
  const sign = (claims: LeaseClaims) => signLicenceToken(licenceTypes.lease, claims, key);
  const desk: LeaseDesk = {
    requests: [],
    answer: async (message) => {
      const { payload, key: signer } = await verifyJws(
        message,
        ({ jwk }) => publicKeyOfJwk(jwk),
        messageTypes.leaseRequest,
      );
      const request = payload as unknown as LeaseRequest;
      desk.requests.push(request);
      const deviceId = jwkThumbprint(jwkOf(signer));
      const known = held.get(deviceId);
      if (known?.nonce === request.nonce) return known;
      const claims = claimsFor(deviceId, request);
      const granted = { nonce: request.nonce, claims, lease: sign(claims) };
      held.set(deviceId, granted);
      return granted;
    },
    typed: (claims) => typedLease(claims, key),
    sign,
    revocations: (number, revoked) => {
      const at = seconds(now().getTime());
      const list = revoked.map((one) => ({ ...one, reason: 'misuse', at }));
      const claims = { iss: 'imprint', number, iat: at, revoked: list };
      return Buffer.from(JSON.stringify(signLicenceToken(licenceTypes.revocations, claims, key)));
    },
  };
  return desk;
}
