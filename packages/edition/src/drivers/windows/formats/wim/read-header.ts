import { wimError } from './errors.ts';
import { assertInside, decodeResource, readRange, type WimFile, type WimResource } from './wim-file.ts';

export type WimCompression = 'none' | 'xpress' | 'lzx' | 'lzms';

export interface WimHeader {
  readonly version: number;
  readonly flags: number;
  readonly chunkBytes: number;
  /** The 16 bytes in hex, in the file's order. */
  readonly guid: string;
  readonly part: number;
  readonly parts: number;
  readonly imageCount: number;
  readonly bootIndex: number;
  readonly compression: WimCompression;
  /** Resources are packed together, as in an ESD. */
  readonly isSolid: boolean;
  readonly blobTable: WimResource;
  readonly xml: WimResource;
  readonly bootMetadata: WimResource;
  readonly integrity: WimResource;
}

const headerBytes = 208;
const magic = Buffer.from('MSWIM\0\0\0', 'latin1');
const version = { ordinary: 0x10d00, solid: 0xe00 } as const;
const headerFlag = {
  compressed: 0x2,
  writeInProgress: 0x40,
  xpress: 0x20000,
  lzx: 0x40000,
  lzms: 0x80000,
} as const;

function compressionOf(flags: number, file: WimFile): WimCompression {
  if ((flags & headerFlag.compressed) === 0) return 'none';
  if (flags & headerFlag.lzx) return 'lzx';
  if (flags & headerFlag.xpress) return 'xpress';
  if (flags & headerFlag.lzms) return 'lzms';
  throw wimError('WINDOWS_WIM_UNSUPPORTED', {
    file: file.path,
    feature: `compression flags 0x${flags.toString(16)}`,
  });
}

function assertMagic(bytes: Buffer, file: WimFile): void {
  const refuse = (expected: string, got: string) =>
    wimError('WINDOWS_WIM_MALFORMED', { file: file.path, expected, got });
  if (!bytes.subarray(0, 8).equals(magic))
    throw refuse('the signature MSWIM', `0x${bytes.toString('hex', 0, Math.min(8, bytes.length))}`);
  if (bytes.length < headerBytes) throw refuse(`a header of ${headerBytes} bytes`, `${bytes.length} bytes`);
  const size = bytes.readUInt32LE(8);
  if (size !== headerBytes) throw refuse(`a header of ${headerBytes} bytes`, `${size} bytes`);
  const found = bytes.readUInt32LE(12);
  if (found !== version.ordinary && found !== version.solid)
    throw wimError('WINDOWS_WIM_UNSUPPORTED', {
      file: file.path,
      feature: `version 0x${found.toString(16)}`,
    });
  if (bytes.readUInt32LE(16) & headerFlag.writeInProgress)
    throw refuse('a finished file', 'one marked as being written');
}

/**
 * Reads the header. Source: [MS-WIM] WIMHEADER_V1_PACKED.
 *
 * @throws WINDOWS_WIM_MALFORMED, WINDOWS_WIM_UNSUPPORTED, WINDOWS_WIM_TRUNCATED
 */
export async function readWimHeader(file: WimFile): Promise<WimHeader> {
  const bytes = await readRange(file, 0, Math.min(headerBytes, file.sizeBytes));
  assertMagic(bytes, file);
  const flags = bytes.readUInt32LE(16);
  const header: WimHeader = {
    version: bytes.readUInt32LE(12),
    flags,
    chunkBytes: bytes.readUInt32LE(20),
    guid: bytes.toString('hex', 24, 40),
    part: bytes.readUInt16LE(40),
    parts: bytes.readUInt16LE(42),
    imageCount: bytes.readUInt32LE(44),
    bootIndex: bytes.readUInt32LE(120),
    compression: compressionOf(flags, file),
    isSolid: bytes.readUInt32LE(12) === version.solid,
    blobTable: decodeResource(bytes, 48, file),
    xml: decodeResource(bytes, 72, file),
    bootMetadata: decodeResource(bytes, 96, file),
    integrity: decodeResource(bytes, 124, file),
  };
  assertInside(file, header.blobTable, 'blob table');
  assertInside(file, header.xml, 'XML');
  assertInside(file, header.bootMetadata, 'boot metadata');
  assertInside(file, header.integrity, 'integrity table');
  return header;
}

/**
 * Refuses what cannot be a base: an ESD or one part of a split set.
 *
 * @throws WINDOWS_WIM_SOLID, WINDOWS_WIM_SPLIT
 */
export function assertOrdinaryWim(header: WimHeader, file: string): void {
  if (header.isSolid) throw wimError('WINDOWS_WIM_SOLID', { file });
  if (header.parts !== 1)
    throw wimError('WINDOWS_WIM_SPLIT', { file, part: header.part, parts: header.parts });
}
