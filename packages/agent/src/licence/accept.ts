import type { LeaseClaims, LicenceToken } from '@imprint/protocol';
import { readTypedLease, verifyLease } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { readEdition } from '../settings.ts';
import { readDeviceClass } from './facts.ts';
import type { Licence } from './read.ts';
import { type KeptLease, kept, leaseRecord, requestRecord } from './records.ts';
import { openRequest } from './request.ts';

/** A lease as it comes in: a token, or a code typed by a person. */
export type OfferedLease = LicenceToken | { readonly typed: string };

interface Offer {
  readonly claims: LeaseClaims;
  readonly keep: KeptLease;
}

/** A typed code leaves out what its request says: without that it cannot be read. */
function readTyped(device: Device, licence: Licence, typed: string, deviceId: string): Offer {
  const nonce = openRequest(device, licence)?.nonce ?? licence.lease?.nonce;
  if (nonce === undefined) {
    throw agentError('AGENT_LEASE_UNREADABLE', {
      got: 'a typed code, and no request of this device is open',
    });
  }
  const known = { nonce, edition: readEdition(device).edition, deviceClass: readDeviceClass(device) };
  return { claims: readTypedLease(typed, { ...known, deviceId }, licence.root), keep: { typed, ...known } };
}

function readOffer(device: Device, licence: Licence, offered: OfferedLease, deviceId: string): Offer {
  if ('typed' in offered) return readTyped(device, licence, offered.typed, deviceId);
  return { claims: verifyLease(offered, licence.root, { deviceId }), keep: offered };
}

const instant = (ms: number): string => new Date(ms).toISOString();

/**
 * Refuses a lease that ended, and on a device that holds one every lease that does not answer its open request. A device
 * without a lease takes any that is for its key: the same answer serves again after its disk was written anew.
 */
function refuseUnlessDue(device: Device, licence: Licence, claims: LeaseClaims, offered: OfferedLease): void {
  const { lease: held, clock, root } = licence;
  const nonce = openRequest(device, licence)?.nonce;
  if (held !== undefined && claims.nonce !== nonce) {
    if (claims.generation <= held.generation) {
      throw agentError('AGENT_LEASE_OLDER', { held: held.generation, got: claims.generation });
    }
    if (!('typed' in offered))
      verifyLease(offered, root, { deviceId: claims.sub, nonce: nonce ?? held.nonce });
  }
  if (claims.exp * 1000 <= clock.nowMs) {
    throw agentError('AGENT_LEASE_EXPIRED', { end: instant(claims.exp * 1000), now: instant(clock.nowMs) });
  }
}

const isSame = (one: LeaseClaims, other: LeaseClaims | undefined): boolean =>
  one.generation === other?.generation && one.nonce === other.nonce && one.iat === other.iat;

/**
 * Takes a lease in: verified for this key and request, then durable, then the request is forgotten. The lease already held
 * is taken again without a word. Returns its claims.
 * @throws TRUST_LEASE_WRONG_DEVICE, TRUST_LEASE_NONCE, TRUST_LICENCE_*, TRUST_CODE_*, AGENT_LEASE_OLDER, AGENT_LEASE_EXPIRED,
 * AGENT_LEASE_UNREADABLE, AGENT_STATE_UNWRITABLE
 */
export function acceptLease(
  device: Device,
  licence: Licence,
  offered: OfferedLease,
  deviceId: string,
): LeaseClaims {
  const { claims, keep } = readOffer(device, licence, offered, deviceId);
  if (!isSame(claims, licence.lease)) {
    refuseUnlessDue(device, licence, claims, offered);
    leaseRecord.save(device.files, keep);
  }
  if (kept(requestRecord, device.files) !== undefined) requestRecord.clear(device.files);
  return claims;
}
