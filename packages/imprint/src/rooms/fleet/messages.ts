import type { DeviceJwk } from '@imprint/protocol';
import { CheckInRequest, EnrolRequest, messageTypes, protocolVersion } from '@imprint/protocol';
import { jwkThumbprint, type PublicKey, publicKeyOfJwk, verifyJws } from '@imprint/trust';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { fleetError } from './errors.ts';
import { skewBeyond } from './rules.ts';

const enrolValidator = Compile(EnrolRequest);
const checkInValidator = Compile(CheckInRequest);

/** What a device that enrols has signed, and the key it signed with. */
export interface Enrolment {
  readonly deviceId: string;
  readonly jwk: DeviceJwk;
  readonly request: EnrolRequest;
}

/**
 * Reads an enrolment: signature by the key it brings, payload, protocol and clock.
 * @throws TRUST_JWS_*, TRUST_KEY_MALFORMED, FLEET_MESSAGE_MALFORMED, FLEET_PROTOCOL_UNSUPPORTED, FLEET_CLOCK_SKEW
 */
export async function readEnrolment(message: string, now: Date): Promise<Enrolment> {
  const verified = await verifyJws(message, ({ jwk }) => publicKeyOfJwk(jwk), messageTypes.enrol);
  const { kty, crv, x, y } = verified.header.jwk as DeviceJwk;
  const jwk: DeviceJwk = { kty, crv, x, y };
  const deviceId = jwkThumbprint(jwk);
  const { kid } = verified.header;
  if (kid !== undefined && kid !== deviceId)
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: 'header kid' });
  return { deviceId, jwk, request: checked(enrolValidator, verified.payload, now) };
}

/**
 * Reads a check-in with the key its `kid` names.
 * @throws TRUST_JWS_*, FLEET_DEVICE_UNKNOWN, FLEET_MESSAGE_MALFORMED, FLEET_PROTOCOL_UNSUPPORTED, FLEET_CLOCK_SKEW
 */
export async function readCheckIn(
  message: string,
  now: Date,
  keyOf: (deviceId: string) => Promise<PublicKey>,
): Promise<CheckInRequest> {
  const verified = await verifyJws(message, ({ kid }) => keyOf(kid ?? ''), messageTypes.checkIn);
  const request = checked(checkInValidator, verified.payload, now);
  if (request.deviceId !== verified.header.kid) {
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: '/deviceId' });
  }
  if (!Number.isSafeInteger(request.counter))
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: '/counter' });
  return request;
}

function checked<T extends TSchema>(
  validator: Validator<Record<never, never>, T>,
  payload: unknown,
  now: Date,
): Static<T> {
  if (!validator.Check(payload)) {
    const pointer = validator.Errors(payload)[0]?.instancePath ?? '';
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: pointer === '' ? 'the top' : pointer });
  }
  const { protocol, issuedAt } = payload as { protocol: number; issuedAt: string };
  if (protocol > protocolVersion || protocol < 1) {
    throw fleetError('FLEET_PROTOCOL_UNSUPPORTED', { expected: protocolVersion, got: protocol });
  }
  // The format allows leap seconds and suffixes that no clock here tells.
  if (Number.isNaN(Date.parse(issuedAt)))
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: '/issuedAt' });
  const skewSeconds = skewBeyond(new Date(issuedAt), now);
  if (skewSeconds !== undefined) {
    throw fleetError('FLEET_CLOCK_SKEW', { serverTime: now.toISOString(), skewSeconds });
  }
  return payload as Static<T>;
}
