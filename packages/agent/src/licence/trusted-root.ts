import { licenceKeysOf, type Metadata, type RootSigned, readTrustedRoot } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { tufCache } from '../release/tuf-cache.ts';
import { readDeviceFile } from '../settings.ts';

/**
 * The root this device trusts, without a network: the one in the image, or a newer one that it led to. Nothing else
 * decides which keys license. @throws AGENT_SETTINGS_MISSING, TRUST_TUF_*
 */
export const trustedRoot = (device: Device): Promise<Metadata<RootSigned>> =>
  readTrustedRoot(readDeviceFile(device, device.platform.paths.root), tufCache(device.files));

/** The trusted root of an edition that is licensed; undefined where it pins no licence key. */
export async function licensingRoot(device: Device): Promise<Metadata<RootSigned> | undefined> {
  const root = await trustedRoot(device);
  return licenceKeysOf(root).length === 0 ? undefined : root;
}

/** @throws AGENT_LICENCE_NOT_USED */
export async function requireLicensingRoot(device: Device): Promise<Metadata<RootSigned>> {
  const root = await licensingRoot(device);
  if (root === undefined) throw agentError('AGENT_LICENCE_NOT_USED');
  return root;
}
