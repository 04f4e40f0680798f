import { type Metadata, type RootSigned, readTrustedRoot } from '@imprint/trust';
import type { Device } from '../device.ts';
import { readDeviceFile } from '../settings.ts';
import { tufCache } from './tuf-cache.ts';

/**
 * The root this device trusts, without a network: the one in the image, or a newer one that it led to. Nothing else
 * decides which keys license or sign definitions. @throws AGENT_SETTINGS_MISSING, TRUST_TUF_*
 */
export const trustedRoot = (device: Device): Promise<Metadata<RootSigned>> =>
  readTrustedRoot(readDeviceFile(device, device.platform.paths.root), tufCache(device.files));
