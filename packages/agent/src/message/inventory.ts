import { brotliCompressSync } from 'node:zlib';
import {
  type InventoryMessage,
  inventoryText,
  messageTypes,
  type PackageInventory,
  protocolVersion,
} from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import type { Device } from '../device.ts';
import { postMessage } from '../http/post.ts';
import { inventorySha256, observeInventory } from '../observe/inventory.ts';
import { readSettings } from '../settings.ts';
import { inventoryWishRecord } from '../state/records.ts';
import { enrolledKey } from './check-in.ts';
import type { DeviceKey } from './key.ts';

/** Where an inventory goes at the server. */
export const inventoryPath = '/v1/inventory';

/** The payload of a message that brings an inventory. */
export function inventoryMessage(key: DeviceKey, inventory: PackageInventory): InventoryMessage {
  return {
    protocol: protocolVersion,
    deviceId: key.deviceId,
    sha256: inventorySha256(inventory),
    content: brotliCompressSync(inventoryText(inventory)).toString('base64url'),
  };
}

/** The compact JWS of an inventory: exactly what travels. */
export const signInventory = (key: DeviceKey, message: InventoryMessage): string =>
  signJws({ typ: messageTypes.inventory, kid: key.deviceId }, message, key.signer);

/**
 * Sends the inventory if the last answer asked for it. What goes wrong is logged and costs nothing else: the server asks again,
 * this device or another that has the same packages.
 */
export async function bringInventory(device: Device): Promise<void> {
  try {
    if (inventoryWishRecord.load(device.files) === undefined) return;
    const inventory = observeInventory(device);
    if (inventory === undefined) return;
    const key = enrolledKey(device);
    const url = new URL(`${readSettings(device).server}${inventoryPath}`);
    const message = signInventory(key, inventoryMessage(key, inventory));
    const result = await postMessage(url, message, device.now());
    inventoryWishRecord.clear(device.files);
    device.log('refused' in result ? `inventory refused: ${result.refused.code}` : 'inventory sent');
  } catch (error) {
    device.log(`inventory not sent: ${error instanceof Error ? error.message : String(error)}`);
  }
}
