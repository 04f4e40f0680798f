import { join } from 'node:path';
import { serialDigest } from '@imprint/trust';
import type { Device } from '../device.ts';
import { readVirtual } from '../files/virtual.ts';
import { realNumber } from '../platform/machine.ts';

/** Digest of the serial number on the machine's sticker; undefined where firmware gives none, and on Windows. Source: SMBIOS §7.2. */
export function machineSerialDigest(device: Pick<Device, 'root'>): string | undefined {
  const number = realNumber(readVirtual(join(device.root, '/sys/class/dmi/id/product_serial')));
  return number === undefined ? undefined : serialDigest(number);
}
