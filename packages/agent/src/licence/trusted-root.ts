import { licenceKeysOf, type Metadata, type RootSigned } from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { trustedRoot } from '../release/trusted-root.ts';

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
