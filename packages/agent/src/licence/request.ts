import { randomBytes } from 'node:crypto';
import { type LeaseRequest, messageTypes, protocolVersion } from '@imprint/protocol';
import { type Metadata, type RootSigned, signJws, typedNonce, typedRequest } from '@imprint/trust';
import type { Device } from '../device.ts';
import { type DeviceKey, ensureDeviceKey } from '../message/key.ts';
import { readEdition } from '../settings.ts';
import { readDeviceClass, readFacts } from './facts.ts';
import { type Licence, readLicenceUnder } from './read.ts';
import { kept, type OpenRequest, requestRecord } from './records.ts';

export interface RequestOptions {
  /** A person at the device says that its hardware was changed. */
  readonly rebind?: boolean;
}

/** The request that no lease answers yet, if there is one. */
export function openRequest(device: Device, { deviceId, lease }: Licence): OpenRequest | undefined {
  const open = kept(requestRecord, device.files);
  // A lease is kept before its request is forgotten: one with the same nonce is the answer.
  return open?.deviceId === deviceId && open?.nonce !== lease?.nonce ? open : undefined;
}

/** A nonce that also fits a code to type, so that one open request serves every carrier. */
const freshRequest = (deviceId: string): OpenRequest => ({ deviceId, nonce: typedNonce(randomBytes(6)) });

/** The open request or a new one; durable before it is sent, so that a lost answer can be asked for again. */
export function ensureRequest(
  device: Device,
  licence: Licence,
  key: DeviceKey,
  { rebind = false }: RequestOptions = {},
): OpenRequest {
  const open = openRequest(device, licence);
  if (open !== undefined && (!rebind || open.rebind === true)) return open;
  const request = { ...(open ?? freshRequest(key.deviceId)), ...(rebind ? { rebind: true as const } : {}) };
  requestRecord.save(device.files, request);
  return request;
}

/** What the next request would be, without keeping anything. */
export const previewRequest = (device: Device, licence: Licence, key: DeviceKey): OpenRequest =>
  openRequest(device, licence) ?? freshRequest(key.deviceId);

/** The payload of a lease request. */
export function leaseRequest(
  device: Device,
  { lease }: Licence,
  { nonce, rebind }: OpenRequest,
): LeaseRequest {
  return {
    protocol: protocolVersion,
    nonce,
    issuedAt: device.now().toISOString(),
    edition: readEdition(device).edition,
    deviceClass: readDeviceClass(device),
    generation: lease?.generation ?? 0,
    facts: readFacts(device),
    ...(rebind === undefined ? {} : { rebind }),
  };
}

/** The compact JWS of a lease request: exactly what travels, by whatever carrier. */
export const signLeaseRequest = ({ jwk, signer }: DeviceKey, request: LeaseRequest): string =>
  signJws({ typ: messageTypes.leaseRequest, jwk }, request, signer);

/** A request to carry away; the device need never have met its server. @throws AGENT_TPM_*, AGENT_STATE_UNWRITABLE */
export function offlineRequest(
  device: Device,
  root: Metadata<RootSigned>,
  options: RequestOptions,
): { readonly message: string; readonly code: string; readonly request: LeaseRequest } {
  const key = ensureDeviceKey(device);
  const licence = readLicenceUnder(device, root);
  const open = ensureRequest(device, licence, key, options);
  const request = leaseRequest(device, licence, open);
  const code = typedRequest({ ...request, deviceId: key.deviceId });
  return { message: signLeaseRequest(key, request), code, request };
}
