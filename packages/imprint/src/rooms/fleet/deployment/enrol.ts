import type { Transaction } from 'kysely';
import type { Tables } from '../context.ts';
import { fleetError } from '../errors.ts';
import { hashOf, isSameDigest } from '../hash.ts';
import { deploymentError } from './errors.ts';
import { type Place, parseDeploymentToken, placeDevice } from './rules.ts';
import * as store from './store.ts';

type Trx = Transaction<Tables>;

/** A device that was enrolled with a deployment token before stays where it is; otherwise where it belongs now. */
export type Admission =
  | { readonly isKnown: true; readonly tokenId: string }
  | ({ readonly isKnown: false; readonly tokenId: string } & Place);

export const isDeploymentToken = (text: string): boolean => text.startsWith('dep_');

/**
 * Takes a deployment token that a device brings, counts the device, and says where it belongs. The same device again is
 * counted once.
 * @throws FLEET_ENROLMENT_TOKEN_UNKNOWN, FLEET_ENROLMENT_TOKEN_EXPIRED, FLEET_DEPLOYMENT_TOKEN_SPENT,
 * FLEET_DEPLOYMENT_SERIAL_UNKNOWN, FLEET_DEPLOYMENT_SERIAL_TAKEN
 */
export async function admit(
  trx: Trx,
  device: { readonly id: string; readonly token: string; readonly serialSha256: string | undefined },
  now: Date,
): Promise<Admission> {
  const brought = parseDeploymentToken(device.token);
  const token = brought === undefined ? undefined : await store.lockToken(trx, brought.id);
  if (
    brought === undefined ||
    token === undefined ||
    !isSameDigest(token.secret_sha256, hashOf(brought.secret))
  )
    throw fleetError('FLEET_ENROLMENT_TOKEN_UNKNOWN');
  const before = await store.useOf(trx, device.id);
  if (before?.token_id === token.id) return { isKnown: true, tokenId: token.id };
  const endsAt = token.revoked_at ?? token.expires_at;
  if (endsAt <= now) throw fleetError('FLEET_ENROLMENT_TOKEN_EXPIRED', { expiredAt: endsAt.toISOString() });
  if (token.devices >= token.most_devices)
    throw deploymentError('FLEET_DEPLOYMENT_TOKEN_SPENT', { most: token.most_devices });
  const { serialSha256 } = device;
  const found = serialSha256 === undefined ? undefined : await store.lockListed(trx, serialSha256);
  const place = placeDevice(token, found, device.id);
  await store.countDevice(trx, token.id);
  await store.putUse(trx, {
    device_id: device.id,
    token_id: token.id,
    agency_path: place.agencyPath,
    at: now,
    is_held: place.isHeld,
  });
  if (place.listed !== undefined) await store.markEnrolled(trx, place.listed.id, device.id, now);
  return { isKnown: false, tokenId: token.id, ...place };
}
