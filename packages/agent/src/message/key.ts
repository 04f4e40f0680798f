import { createHash, randomBytes } from 'node:crypto';
import { type DeviceJwk, isImprintError } from '@imprint/protocol';
import {
  generateSigner,
  jwkOf,
  jwkThumbprint,
  parsePublicKey,
  type Signer,
  signerFromPkcs8Pem,
} from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import type { StateFiles } from '../state/files.ts';
import { isRecord, parseJson } from '../state/json.ts';
import { enrolmentRecord } from '../state/records.ts';
import type { Tpm } from '../tpm/tpm.ts';

/** The device's own P-256 key; `deviceId` is the RFC 7638 thumbprint of its public half. */
export interface DeviceKey {
  readonly deviceId: string;
  readonly jwk: DeviceJwk;
  /** A TPM's signer asks the module each time. @throws AGENT_TPM_UNAVAILABLE, AGENT_TPM_KEY_CHANGED when it signs */
  readonly signer: Signer;
  readonly heldBy: 'tpm' | 'software';
}

type KeyHome = Pick<Device, 'files' | 'tpm' | 'log'>;

const fileName = 'device-key';
const nextFileName = 'device-key.next';
const scheme = 'ecdsa-sha2-nistp256';

/** Without chance in it: the same module gives the same device again after its disk was written anew. */
const usualUnique = createHash('sha256').update('imprint-device-key/v1').digest();

function keyOf(signer: Signer, heldBy: DeviceKey['heldBy']): DeviceKey {
  const jwk = jwkOf(signer.key);
  return { deviceId: jwkThumbprint(jwk), jwk, signer, heldBy };
}

function tpmSigner(tpm: Tpm | undefined, unique: Buffer, publicPem: string): Signer {
  const key = parsePublicKey(publicPem, scheme);
  const sign = (bytes: Uint8Array) => {
    if (tpm === undefined) throw agentError('AGENT_TPM_UNAVAILABLE', { reason: 'no TPM or no tpm2-tools' });
    return tpm.sign(unique, key, bytes);
  };
  return { key, sign };
}

function readKey(bytes: Buffer, tpm: Tpm | undefined): DeviceKey {
  const value = parseJson(bytes);
  if (!isRecord(value)) return keyOf(signerFromPkcs8Pem(bytes.toString('utf8'), scheme), 'software');
  const { unique, publicKey } = value;
  if (typeof unique !== 'string' || !/^[0-9a-f]{64}$/.test(unique) || typeof publicKey !== 'string') {
    throw new TypeError('no key of a TPM');
  }
  return keyOf(tpmSigner(tpm, Buffer.from(unique, 'hex'), publicKey), 'tpm');
}

function loadKey(device: Pick<Device, 'files' | 'tpm'>, file: string): DeviceKey | undefined {
  const bytes = device.files.read(file);
  if (bytes === undefined) return undefined;
  try {
    return readKey(bytes, device.tpm);
  } catch (cause) {
    throw agentError('AGENT_STATE_CORRUPT', { file, expected: 'a P-256 device key' }, { cause });
  }
}

/** Reads the device key, or undefined before enrolment; asks no TPM. @throws AGENT_STATE_CORRUPT */
export const loadDeviceKey = (device: Pick<Device, 'files' | 'tpm'>): DeviceKey | undefined =>
  loadKey(device, fileName);

function tpmRecord({ tpm, log }: KeyHome, unique: Buffer): Buffer | undefined {
  try {
    const key = tpm?.primaryKey(unique);
    if (key === undefined) return undefined;
    return Buffer.from(`${JSON.stringify({ unique: unique.toString('hex'), publicKey: key.pem })}\n`);
  } catch (error) {
    if (!isImprintError(error)) throw error;
    log(`the TPM makes no key, a software key is made: ${error.message}`);
    return undefined;
  }
}

function makeKey(device: KeyHome, file: string, unique: Buffer): DeviceKey {
  const record = tpmRecord(device, unique) ?? Buffer.from(generateSigner(scheme).exportPkcs8Pem());
  device.files.write(file, record);
  return readKey(record, device.tpm);
}

/** Reads the device key or makes one, in the TPM where there is one; a new key is durable before it signs anything. */
export const ensureDeviceKey = (device: KeyHome): DeviceKey =>
  loadDeviceKey(device) ?? makeKey(device, fileName, usualUnique);

/**
 * The key that makes this machine another device once it is adopted; it too is durable before it signs. One whose adoption was
 * interrupted is the same again.
 */
export function ensureNextKey(device: KeyHome): DeviceKey {
  const next = loadKey(device, nextFileName);
  const isDone =
    next?.deviceId === loadDeviceKey(device)?.deviceId &&
    next?.deviceId === enrolmentRecord.load(device.files)?.deviceId;
  return next !== undefined && !isDone ? next : makeKey(device, nextFileName, randomBytes(32));
}

/** From here on this machine is the device of its next key: one write, whole or absent. */
export function adoptNextKey(files: StateFiles): void {
  const bytes = files.read(nextFileName);
  if (bytes !== undefined) files.write(fileName, bytes);
}

/** The next key is the device key, and its enrolment is known: nothing is left to go on with. */
export const forgetNextKey = (files: StateFiles): void => files.remove(nextFileName);
