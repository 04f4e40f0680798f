import type { DeviceReport } from '@imprint/protocol';
import { readDeviceClass } from '../licence/facts.ts';
import { readEdition } from '../settings.ts';
import { observeAntivirus } from './antivirus.ts';
import { observeIntegrity } from './integrity.ts';
import { inventorySha256, observeInventory } from './inventory.ts';
import { observeLicence } from './licence.ts';
import type { Look } from './look.ts';
import { observePatch } from './patch.ts';
import { observePolicy } from './policy/index.ts';
import { observeRelease } from './release.ts';
import { observeRollout } from './rollout.ts';

/** Everything this device says of itself. Looks only; changes and sends nothing. */
export async function observeDevice(look: Look): Promise<DeviceReport> {
  const edition = readEdition(look.device);
  const firstBoot = look.firstBoot();
  const licence = await observeLicence(look);
  const inventory = observeInventory(look.device);
  const rollout = observeRollout(look.device);
  return {
    edition: {
      name: edition.edition,
      version: edition.version,
      channel: edition.channel,
      lockSha256: edition.lockSha256,
    },
    deviceClass: readDeviceClass(look.device),
    release: observeRelease(look, edition),
    patch: observePatch(look, edition),
    antivirus: await observeAntivirus(look),
    integrity: observeIntegrity(look, edition),
    policy: observePolicy(look),
    ...(firstBoot.length === 0 ? {} : { firstBoot: [...firstBoot] }),
    ...(licence === undefined ? {} : { licence }),
    ...(inventory === undefined ? {} : { inventorySha256: inventorySha256(inventory) }),
    ...(rollout === undefined ? {} : { rollout }),
  };
}
