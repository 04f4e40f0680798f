import { createHash } from 'node:crypto';
import { inventoryText, type PackageInventory } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { installedList } from './dpkg.ts';

const byCodeUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Installed packages, each `name version architecture`, sorted by code units; undefined where dpkg has no records. */
export function observeInventory(device: Device): PackageInventory | undefined {
  const installed = installedList(device);
  if (installed === undefined) return undefined;
  const lines = installed.map(
    ({ name, version, architecture }) => `${name} ${version} ${architecture === '' ? 'all' : architecture}`,
  );
  return { packages: [...new Set(lines)].sort(byCodeUnits) };
}

/** What names an inventory: the same packages have the same name on every device. */
export const inventorySha256 = (inventory: PackageInventory): string =>
  createHash('sha256').update(inventoryText(inventory)).digest('hex');
