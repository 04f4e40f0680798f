import { createHash } from 'node:crypto';
import { type DeviceJwk, LeaseRequest, messageTypes, protocolVersion } from '@imprint/protocol';
import { jwkThumbprint, publicKeyOfJwk, verifyJws } from '@imprint/trust';
import { Compile } from 'typebox/compile';
import { activationError } from './errors.ts';
import type { Ask } from './rules.ts';

const validator = Compile(LeaseRequest);

/** What a request says once its signature has held; where its device belongs is found out later. */
export type ReadAsk = Omit<Ask, 'agencyPath' | 'within' | 'origin'> & {
  /** SHA-256 of the request as it came. */
  readonly sha256: string;
};

/**
 * Reads a lease request: signature by the key it brings, whose thumbprint is the device's id, then payload and protocol. Its
 * clock is not judged: generation and nonce guard against replays.
 * @throws TRUST_JWS_*, TRUST_KEY_MALFORMED, LICENSING_MESSAGE_MALFORMED, LICENSING_PROTOCOL_UNSUPPORTED
 */
export async function readLeaseRequest(message: string): Promise<ReadAsk> {
  const verified = await verifyJws(message, ({ jwk }) => publicKeyOfJwk(jwk), messageTypes.leaseRequest);
  const deviceId = jwkThumbprint(verified.header.jwk as DeviceJwk);
  const { kid } = verified.header;
  if (kid !== undefined && kid !== deviceId) {
    throw activationError('LICENSING_MESSAGE_MALFORMED', { pointer: 'header kid' });
  }
  const request = checked(verified.payload);
  const { nonce, generation, edition, deviceClass, facts } = request;
  return {
    deviceId,
    nonce,
    generation,
    issuedAt: new Date(request.issuedAt),
    edition,
    deviceClass,
    facts,
    isRebind: request.rebind === true,
    sha256: sha256Of(message),
  };
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

function checked(payload: unknown): LeaseRequest {
  if (!validator.Check(payload)) {
    const pointer = validator.Errors(payload)[0]?.instancePath ?? '';
    throw activationError('LICENSING_MESSAGE_MALFORMED', { pointer: pointer === '' ? 'the top' : pointer });
  }
  if (payload.protocol > protocolVersion || payload.protocol < 1) {
    throw activationError('LICENSING_PROTOCOL_UNSUPPORTED', {
      expected: protocolVersion,
      got: payload.protocol,
    });
  }
  if (Number.isNaN(Date.parse(payload.issuedAt))) {
    throw activationError('LICENSING_MESSAGE_MALFORMED', { pointer: '/issuedAt' });
  }
  return payload;
}
