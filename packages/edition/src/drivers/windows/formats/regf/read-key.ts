import { type Cell, type CellReader, isNoCell, malformed } from './cells.ts';
import { type RegistryValue, registryType } from './model.ts';

const segmentBytes = 16344;
const compressedKeyName = 0x20;
const compressedValueName = 0x01;

/** A value with its name; the default value's name is empty. */
export interface NamedValue {
  readonly name: string;
  readonly value: RegistryValue;
}

/** A key's entry in a list of the kind `lh`: where it lies in the file and the hash it holds; see `nameHash`. */
export interface HashSlot {
  readonly fileOffset: number;
  readonly hash: number;
}

/** A key in the list of its parent: its cell, and its slot if the list holds hashes. */
export interface SubkeyEntry {
  readonly offset: number;
  readonly slot: HashSlot | undefined;
}

/** What a key's own cells say. */
export interface KeyContent {
  readonly name: string;
  readonly className: Buffer;
  /** The self-relative security descriptor. */
  readonly security: Buffer;
  readonly values: readonly NamedValue[];
  readonly subkeys: readonly SubkeyEntry[];
}

function nameOf(reader: CellReader, cell: Cell, at: number, length: number, compressed: boolean): string {
  if (at + length > cell.data.length || (!compressed && length % 2 !== 0))
    throw malformed(reader.name, cell.fileOffset, 'a name within its cell', length);
  return cell.data.toString(compressed ? 'latin1' : 'utf16le', at, at + length);
}

function bigData(reader: CellReader, offset: number, sizeBytes: number): Buffer {
  const header = reader.claim(offset, 'db', 8);
  const count = header.data.readUInt16LE(2);
  if (count !== Math.ceil(sizeBytes / segmentBytes))
    throw malformed(reader.name, header.fileOffset, `segments for ${sizeBytes} bytes`, count);
  const list = reader.claim(header.data.readUInt32LE(4), '', 4 * count).data;
  const segments = Array.from({ length: count }, (_, index) => {
    const length = Math.min(segmentBytes, sizeBytes - index * segmentBytes);
    return reader.claim(list.readUInt32LE(4 * index), '', length).data.subarray(0, length);
  });
  return Buffer.concat(segments);
}

function dataOf(reader: CellReader, cell: Cell): Buffer {
  const size = cell.data.readUInt32LE(4);
  if (size >= 0x80000000) {
    const inlineBytes = size - 0x80000000;
    if (inlineBytes > 4) throw malformed(reader.name, cell.fileOffset, 'at most 4 bytes inside', inlineBytes);
    return cell.data.subarray(8, 8 + inlineBytes);
  }
  if (size === 0) return cell.data.subarray(0, 0);
  const offset = cell.data.readUInt32LE(8);
  if (size > segmentBytes && reader.share(offset, '', 4).data.toString('latin1', 0, 2) === 'db')
    return bigData(reader, offset, size);
  return reader.claim(offset, '', size).data.subarray(0, size);
}

function valueAt(reader: CellReader, offset: number): NamedValue {
  const cell = reader.claim(offset, 'vk', 20);
  const compressed = (cell.data.readUInt16LE(16) & compressedValueName) !== 0;
  const name = nameOf(reader, cell, 20, cell.data.readUInt16LE(2), compressed);
  return { name, value: { type: registryType(cell.data.readUInt32LE(12)), data: dataOf(reader, cell) } };
}

function valuesOf(reader: CellReader, key: Buffer): NamedValue[] {
  const count = key.readUInt32LE(36);
  if (count === 0) return [];
  const list = reader.claim(key.readUInt32LE(40), '', 4 * count).data;
  return Array.from({ length: count }, (_, index) => valueAt(reader, list.readUInt32LE(4 * index)));
}

/** Reads a list of subkeys: leaves `li`, `lf`, `lh`, or `ri` over leaves. Source: specification, "Subkeys list". */
function listAt(reader: CellReader, offset: number, below: 'any' | 'leaf'): SubkeyEntry[] {
  const { data, fileOffset } = reader.claim(offset, '', 4);
  const kind = data.toString('latin1', 0, 2);
  const entryBytes = { li: 4, lf: 8, lh: 8, ri: 4 }[kind];
  if (entryBytes === undefined || (kind === 'ri' && below === 'leaf'))
    throw malformed(reader.name, fileOffset, 'a list of subkeys', 'another');
  const count = data.readUInt16LE(2);
  if (4 + count * entryBytes > data.length)
    throw malformed(reader.name, fileOffset, `${count} entries within the list's cell`, data.length);
  const positions = Array.from({ length: count }, (_, index) => 4 + index * entryBytes);
  if (kind === 'ri') return positions.flatMap((at) => listAt(reader, data.readUInt32LE(at), 'leaf'));
  return positions.map((at) => ({
    offset: data.readUInt32LE(at),
    slot: kind === 'lh' ? { fileOffset: fileOffset + at, hash: data.readUInt32LE(at + 4) } : undefined,
  }));
}

function subkeysOf(reader: CellReader, key: Cell): SubkeyEntry[] {
  const count = key.data.readUInt32LE(20);
  const entries = count === 0 ? [] : listAt(reader, key.data.readUInt32LE(28), 'any');
  if (entries.length !== count)
    throw malformed(reader.name, key.fileOffset, `${count} subkeys in its list`, entries.length);
  return entries;
}

function classOf(reader: CellReader, key: Buffer): Buffer {
  const [offset, length] = [key.readUInt32LE(48), key.readUInt16LE(74)];
  if (isNoCell(offset) || length === 0) return Buffer.alloc(0);
  return reader.claim(offset, '', length).data.subarray(0, length);
}

function securityOf(reader: CellReader, key: Buffer): Buffer {
  const offset = key.readUInt32LE(44);
  if (isNoCell(offset)) return Buffer.alloc(0);
  const { data, fileOffset } = reader.share(offset, 'sk', 20);
  const length = data.readUInt32LE(16);
  if (20 + length > data.length)
    throw malformed(reader.name, fileOffset, 'a security descriptor within its cell', length);
  return data.subarray(20, 20 + length);
}

/** Reads the key at an offset with its values and its list of subkeys. Source: specification, "Key node". */
export function readKey(reader: CellReader, offset: number): KeyContent {
  const cell = reader.claim(offset, 'nk', 76);
  const compressed = (cell.data.readUInt16LE(2) & compressedKeyName) !== 0;
  const name = nameOf(reader, cell, 76, cell.data.readUInt16LE(72), compressed);
  if (name === '' || name.includes('\\'))
    throw malformed(reader.name, cell.fileOffset, 'a key name without backslashes', JSON.stringify(name));
  return {
    name,
    className: classOf(reader, cell.data),
    security: securityOf(reader, cell.data),
    values: valuesOf(reader, cell.data),
    subkeys: subkeysOf(reader, cell),
  };
}
