import { binsStart, headerChecksum } from './cells.ts';

const none = 0xffffffff;
/** 2024-01-01T00:00:00Z in units of 100 ns since 1601; fixed, so that the same name gives the same bytes. */
const writtenAt = 133485408000000000n;
const rootFlags = 0x2c;

/**
 * The root's access: SYSTEM and Administrators everything, Users reading, inherited by keys below. Owner and group are
 * Administrators. Source: [MS-DTYP] 2.4.6, self-relative SECURITY_DESCRIPTOR.
 */
function securityDescriptor(): Buffer {
  const sid = (...parts: number[]) => {
    const bytes = Buffer.alloc(8 + 4 * parts.length);
    bytes.set([1, parts.length, 0, 0, 0, 0, 0, 5]);
    parts.forEach((part, index) => {
      bytes.writeUInt32LE(part, 8 + 4 * index);
    });
    return bytes;
  };
  const [system, administrators, users] = [sid(18), sid(32, 544), sid(32, 545)];
  const entry = (mask: number, who: Buffer) => {
    const head = Buffer.from([0, 0x02, 8 + who.length, 0, 0, 0, 0, 0]);
    head.writeUInt32LE(mask, 4);
    return Buffer.concat([head, who]);
  };
  const entries = [entry(0xf003f, system), entry(0xf003f, administrators), entry(0x20019, users)];
  const list = Buffer.concat([Buffer.from([2, 0, 0, 0, entries.length, 0, 0, 0]), ...entries]);
  list.writeUInt16LE(list.length, 2);
  const head = Buffer.alloc(20);
  head.set([1, 0, 0x04, 0x80]);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + administrators.length, 8);
  head.writeUInt32LE(20 + 2 * administrators.length, 16);
  return Buffer.concat([head, administrators, administrators, list]);
}

/** Writes allocated cells one after the other and the rest of the bin as one free cell. */
function writeCells(bin: Buffer, contents: readonly Buffer[]): void {
  let at = 32;
  for (const content of contents) {
    const length = Math.ceil((4 + content.length) / 8) * 8;
    bin.writeInt32LE(-length, at);
    content.copy(bin, at + 4);
    at += length;
  }
  bin.writeInt32LE(bin.length - at, at);
}

function rootKey(securityOffset: number): Buffer {
  const name = 'ROOT';
  const key = Buffer.alloc(76 + name.length);
  key.write('nk', 0, 'latin1');
  key.writeUInt16LE(rootFlags, 2);
  key.writeBigUInt64LE(writtenAt, 4);
  for (const at of [16, 28, 32, 40, 48]) key.writeUInt32LE(none, at);
  key.writeUInt32LE(securityOffset, 44);
  key.writeUInt16LE(name.length, 72);
  key.write(name, 76, 'latin1');
  return key;
}

function securityCell(offset: number): Buffer {
  const descriptor = securityDescriptor();
  const cell = Buffer.alloc(20);
  cell.write('sk', 0, 'latin1');
  cell.writeUInt32LE(offset, 4);
  cell.writeUInt32LE(offset, 8);
  cell.writeUInt32LE(1, 12);
  cell.writeUInt32LE(descriptor.length, 16);
  return Buffer.concat([cell, descriptor]);
}

function writeHeader(header: Buffer, name: string, binsBytes: number): void {
  const word = (value: number, at: number) => header.writeUInt32LE(value, at);
  header.write('regf', 0, 'latin1');
  word(1, 4);
  word(1, 8);
  header.writeBigUInt64LE(writtenAt, 12);
  word(1, 20);
  word(5, 24);
  word(1, 32);
  word(32, 36);
  word(binsBytes, 40);
  word(1, 44);
  header.write(name.slice(-31), 48, 'utf16le');
  word(headerChecksum(header), 508);
}

/** Makes a hive of version 1.5 with nothing but its root key: 8192 bytes, the same for the same name. */
export function minimalHive({ name }: { readonly name: string }): Buffer {
  const bytes = Buffer.alloc(2 * binsStart);
  const bin = bytes.subarray(binsStart);
  writeHeader(bytes, name, bin.length);
  bin.write('hbin', 0, 'latin1');
  bin.writeUInt32LE(bin.length, 8);
  bin.writeBigUInt64LE(writtenAt, 20);
  const securityOffset = 32 + 88;
  writeCells(bin, [rootKey(securityOffset), securityCell(securityOffset)]);
  return bytes;
}
