import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { type DeviceJwk, InventoryMessage, messageTypes, protocolVersion } from '@imprint/protocol';
import { publicKeyOfJwk, verifyJws } from '@imprint/trust';
import { Compile } from 'typebox/compile';
import { serviceContext } from '../../../platform/database/index.ts';
import type { FleetContext } from '../context.ts';
import { fleetError } from '../errors.ts';
import { hashOf } from '../hash.ts';
import { findDevice } from '../store.ts';
import { inventoryError } from './errors.ts';
import { type InstalledPackage, inventoryLimits, readInventoryText } from './rules.ts';
import { insertSet, keepPurgeOut, knownSets, setOfDevice } from './store.ts';

const validator = Compile(InventoryMessage);
const service = serviceContext('inventory');
const unpack = promisify(brotliDecompress);

/**
 * Stores the inventory that a device was asked for. One that is there already is not stored again, nor one that the device does
 * not have: a repeat changes nothing.
 * @throws TRUST_JWS_*, FLEET_DEVICE_UNKNOWN, FLEET_MESSAGE_MALFORMED, FLEET_PROTOCOL_UNSUPPORTED, FLEET_INVENTORY_*
 */
export async function takeInventory(
  context: Pick<FleetContext, 'database' | 'clock'>,
  message: string,
): Promise<{ stored: boolean }> {
  const { deviceId, sha256, content } = await readMessage(context, message);
  const isKnown = await context.database.transaction(service, async (trx) => {
    if ((await setOfDevice(trx, deviceId)) !== sha256)
      throw inventoryError('FLEET_INVENTORY_NOT_ASKED', { sha256 });
    return (await knownSets(trx, [sha256])).has(sha256);
  });
  // Unpacked only where a device of ours named the digest and nobody has brought it.
  if (isKnown) return { stored: false };
  const packages = await unpacked(sha256, content);
  return context.database.transaction(service, async (trx) => {
    await keepPurgeOut(trx);
    return { stored: await insertSet(trx, sha256, packages, context.clock.now()) };
  });
}

async function readMessage(
  context: Pick<FleetContext, 'database'>,
  message: string,
): Promise<InventoryMessage> {
  const keyOf = async (kid: string | undefined) => {
    const device = await context.database.transaction(service, (trx) => findDevice(trx, kid ?? ''));
    if (device === undefined) throw fleetError('FLEET_DEVICE_UNKNOWN');
    return publicKeyOfJwk(device.jwk as DeviceJwk);
  };
  const { payload, header } = await verifyJws(message, ({ kid }) => keyOf(kid), messageTypes.inventory);
  if (!validator.Check(payload)) {
    const pointer = validator.Errors(payload)[0]?.instancePath ?? '';
    throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: pointer === '' ? 'the top' : pointer });
  }
  const { protocol, deviceId } = payload;
  if (protocol > protocolVersion || protocol < 1) {
    throw fleetError('FLEET_PROTOCOL_UNSUPPORTED', { expected: protocolVersion, got: protocol });
  }
  if (deviceId !== header.kid) throw fleetError('FLEET_MESSAGE_MALFORMED', { pointer: '/deviceId' });
  return payload;
}

async function unpacked(sha256: string, content: string): Promise<InstalledPackage[]> {
  const malformed = (got: string, cause?: unknown) =>
    inventoryError('FLEET_INVENTORY_MALFORMED', { sha256, got }, { cause });
  const packed = Buffer.from(content, 'base64url');
  const bytes = await unpack(packed, { maxOutputLength: inventoryLimits.bytes }).catch((cause: unknown) => {
    throw malformed('?', cause);
  });
  const got = hashOf(bytes);
  if (got !== sha256) throw malformed(got);
  const packages = readInventoryText(bytes.toString('utf8'));
  if (packages === undefined) throw malformed(got);
  return packages;
}
