import { windowsError } from '../../errors.ts';

/** Where the first bin begins; cell offsets count from here. */
export const binsStart = 4096;
const binHeaderBytes = 32;
const noCell = 0xffffffff;

/** What one allocated cell holds, and where that lies in the file. */
export interface Cell {
  readonly fileOffset: number;
  readonly data: Buffer;
}

/** Reads cells; `claim` gives each cell once, so that no loop and no shared list can multiply the work. */
export interface CellReader {
  readonly name: string;
  claim(offset: number, signature: string, minBytes: number): Cell;
  /** Reads a cell that many may name, as security descriptors are. */
  share(offset: number, signature: string, minBytes: number): Cell;
}

/** The checked frame of a hive: its header's facts and the means to read its cells. */
export interface Cells {
  readonly version: string;
  readonly root: number;
  /** Begins a pass over the hive, with nothing claimed yet. */
  pass(): CellReader;
}

/** The error of a hive that is not what the format says, at a place in its file. */
export function malformed(name: string, offset: number, expected: string, got: string | number) {
  return windowsError('WINDOWS_HIVE_MALFORMED', { name, offset, expected, got });
}

/** True for the offset that stands for no cell. */
export function isNoCell(offset: number): boolean {
  return offset === noCell;
}

/** Returns the XOR of the header's first 127 words. Source: Windows registry file format specification, "Base block". */
export function headerChecksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= bytes.readUInt32LE(at);
  if (sum === 0) return 1;
  return sum === -1 ? 0xfffffffe : sum >>> 0;
}

function checkHeader(bytes: Buffer, name: string): { version: string; root: number; end: number } {
  const word = (at: number) => bytes.readUInt32LE(at);
  if (bytes.length < binsStart) throw malformed(name, 0, `${binsStart} bytes of header`, bytes.length);
  if (bytes.toString('latin1', 0, 4) !== 'regf') throw malformed(name, 0, 'the signature "regf"', 'another');
  if (word(508) !== headerChecksum(bytes))
    throw malformed(name, 508, 'the checksum of the header', 'another');
  const [primary, secondary] = [word(4), word(8)];
  if (primary !== secondary) throw windowsError('WINDOWS_HIVE_DIRTY', { name, primary, secondary });
  const version = `${word(20)}.${word(24)}`;
  if (word(20) !== 1 || word(24) < 3 || word(24) > 6)
    throw windowsError('WINDOWS_HIVE_TOO_OLD', { name, version });
  const binsBytes = word(40);
  if (binsBytes % 4096 !== 0 || binsBytes === 0 || binsStart + binsBytes > bytes.length)
    throw malformed(name, 40, `whole bins within the file's ${bytes.length} bytes`, binsBytes);
  return { version, root: word(36), end: binsStart + binsBytes };
}

/** Marks the start of every allocated cell, one mark for each eight bytes; cells must fill their bin exactly. */
function mapCells(bytes: Buffer, name: string, end: number): Uint8Array {
  const allocated = new Uint8Array((end - binsStart) / 8);
  for (let bin = binsStart; bin < end; ) {
    if (bytes.toString('latin1', bin, bin + 4) !== 'hbin') throw malformed(name, bin, 'a bin', 'another');
    const size = bytes.readUInt32LE(bin + 8);
    if (
      bytes.readUInt32LE(bin + 4) !== bin - binsStart ||
      size === 0 ||
      size % 4096 !== 0 ||
      bin + size > end
    )
      throw malformed(name, bin, 'a bin of whole pages at its own offset', size);
    for (let cell = bin + binHeaderBytes; cell < bin + size; ) {
      const signed = bytes.readInt32LE(cell);
      const length = Math.abs(signed);
      if (length < 8 || length % 8 !== 0 || cell + length > bin + size)
        throw malformed(name, cell, 'a cell within its bin', signed);
      if (signed < 0) allocated[(cell - binsStart) / 8] = 1;
      cell += length;
    }
    bin += size;
  }
  return allocated;
}

function readerOf(bytes: Buffer, name: string, allocated: Uint8Array): CellReader {
  const share = (offset: number, signature: string, minBytes: number): Cell => {
    const at = binsStart + offset;
    if (offset % 8 !== 0 || allocated[offset / 8] === undefined || allocated[offset / 8] === 0)
      throw malformed(name, at, 'an allocated cell that nothing else names', 'none');
    const data = bytes.subarray(at + 4, at - bytes.readInt32LE(at));
    if (!data.toString('latin1', 0, signature.length).startsWith(signature))
      throw malformed(name, at, `a cell "${signature}"`, 'another');
    if (data.length < minBytes) throw malformed(name, at, `a cell of ${minBytes} bytes`, data.length);
    return { fileOffset: at + 4, data };
  };
  const claim = (offset: number, signature: string, minBytes: number): Cell => {
    const cell = share(offset, signature, minBytes);
    allocated[offset / 8] = 0;
    return cell;
  };
  return { name, claim, share };
}

/**
 * Checks the header, the bins and the chain of cells of a hive.
 *
 * @throws WINDOWS_HIVE_MALFORMED, WINDOWS_HIVE_DIRTY, WINDOWS_HIVE_TOO_OLD
 */
export function openCells(bytes: Buffer, name: string): Cells {
  const { version, root, end } = checkHeader(bytes, name);
  const allocated = mapCells(bytes, name, end);
  return { version, root, pass: () => readerOf(bytes, name, allocated.slice()) };
}
