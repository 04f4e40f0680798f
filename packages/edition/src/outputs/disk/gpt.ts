import { crc32 } from 'node:zlib';
import { type Extent, sectorBytes } from './layout.ts';

/** Partition types. Source: UEFI 2.10 §5.3.3; Discoverable Partitions Specification; GRUB manual, "BIOS installation". */
export const partitionTypes = {
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  rootX8664: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
} as const;

export interface Partition {
  readonly type: string;
  readonly uuid: string;
  readonly name: string;
  readonly extent: Extent;
}

const entryCount = 128;
const entryBytes = 128;
const tableSectors = (entryCount * entryBytes) / sectorBytes;

/** A GUID's 16 bytes: the first three fields little-endian. Source: UEFI 2.10 appendix A. */
export function guidBytes(uuid: string): Buffer {
  const hex = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    Buffer.from(hex.subarray(0, 4)).reverse(),
    Buffer.from(hex.subarray(4, 6)).reverse(),
    Buffer.from(hex.subarray(6, 8)).reverse(),
    hex.subarray(8, 16),
  ]);
}

function partitionEntry({ type, uuid, name, extent }: Partition): Buffer {
  const entry = Buffer.alloc(entryBytes);
  guidBytes(type).copy(entry, 0);
  guidBytes(uuid).copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(extent.startBytes / sectorBytes), 32);
  entry.writeBigUInt64LE(BigInt((extent.startBytes + extent.sizeBytes) / sectorBytes - 1), 40);
  Buffer.from(name, 'utf16le').copy(entry, 56, 0, 72);
  return entry;
}

interface HeaderPlace {
  readonly self: number;
  readonly other: number;
  readonly table: number;
}

function header(diskUuid: string, sectors: number, table: Buffer, place: HeaderPlace): Buffer {
  const block = Buffer.alloc(sectorBytes);
  block.write('EFI PART', 0, 'latin1');
  block.writeUInt32LE(0x00010000, 8);
  block.writeUInt32LE(92, 12);
  block.writeBigUInt64LE(BigInt(place.self), 24);
  block.writeBigUInt64LE(BigInt(place.other), 32);
  block.writeBigUInt64LE(BigInt(2 + tableSectors), 40);
  block.writeBigUInt64LE(BigInt(sectors - 2 - tableSectors), 48);
  guidBytes(diskUuid).copy(block, 56);
  block.writeBigUInt64LE(BigInt(place.table), 72);
  block.writeUInt32LE(entryCount, 80);
  block.writeUInt32LE(entryBytes, 84);
  block.writeUInt32LE(crc32(table), 88);
  block.writeUInt32LE(crc32(block.subarray(0, 92)), 16);
  return block;
}

/** The protective entry that covers the disk in the old table. Source: UEFI 2.10 §5.2.3. */
function protectiveRecord(sectors: number): Buffer {
  const record = Buffer.alloc(sectorBytes);
  record.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446);
  record.writeUInt32LE(1, 454);
  record.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 458);
  record.writeUInt16LE(0xaa55, 510);
  return record;
}

export interface GptParts {
  /** Sectors 0 to 33: protective record, header, table. */
  readonly head: Buffer;
  /** The last 33 sectors: table, backup header. */
  readonly tail: Buffer;
}

/** A GUID partition table for a disk of `sizeBytes`. Source: UEFI 2.10 §5.3. */
export function guidPartitionTable(
  diskUuid: string,
  sizeBytes: number,
  partitions: readonly Partition[],
): GptParts {
  const sectors = sizeBytes / sectorBytes;
  const table = Buffer.alloc(entryCount * entryBytes);
  for (const [at, partition] of partitions.entries()) partitionEntry(partition).copy(table, at * entryBytes);
  const last = sectors - 1;
  const primary = header(diskUuid, sectors, table, { self: 1, other: last, table: 2 });
  const backup = header(diskUuid, sectors, table, { self: last, other: 1, table: last - tableSectors });
  return {
    head: Buffer.concat([protectiveRecord(sectors), primary, table]),
    tail: Buffer.concat([table, backup]),
  };
}
