import type { DeviceJwk } from '@imprint/protocol';
import { generateSigner, jwkOf, jwkThumbprint, type Signer, signerFromPkcs8Pem } from '@imprint/trust';
import { agentError } from '../errors.ts';
import type { StateFiles } from '../state/files.ts';

/** The device's own P-256 key; `deviceId` is the RFC 7638 thumbprint of its public half. */
export interface DeviceKey {
  readonly deviceId: string;
  readonly jwk: DeviceJwk;
  readonly signer: Signer;
}

const fileName = 'device-key';
const scheme = 'ecdsa-sha2-nistp256';

function keyOf(signer: Signer): DeviceKey {
  const jwk = jwkOf(signer.key);
  return { deviceId: jwkThumbprint(jwk), jwk, signer };
}

/** Reads the device key, or undefined before enrolment. @throws AGENT_STATE_CORRUPT */
export function loadDeviceKey(files: StateFiles): DeviceKey | undefined {
  const bytes = files.read(fileName);
  if (bytes === undefined) return undefined;
  try {
    return keyOf(signerFromPkcs8Pem(bytes.toString('utf8'), scheme));
  } catch (cause) {
    throw agentError('AGENT_STATE_CORRUPT', { file: fileName, expected: 'a P-256 private key' }, { cause });
  }
}

/** Reads the device key or makes one; a new key is durable before it signs anything. */
export function ensureDeviceKey(files: StateFiles): DeviceKey {
  const existing = loadDeviceKey(files);
  if (existing !== undefined) return existing;
  const signer = generateSigner(scheme);
  files.write(fileName, Buffer.from(signer.exportPkcs8Pem()));
  return keyOf(signer);
}
