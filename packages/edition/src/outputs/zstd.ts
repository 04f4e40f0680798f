import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);

// Told the size beforehand, the compressor takes tables to match: by default a high level clears megabytes for each block.
function settings(content: Buffer, level: number, checksum: boolean) {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
  };
  return { params, pledgedSrcSize: content.length, chunkSize: Math.max(64, content.length + 1024) };
}

/** The compressor's version: part of every key whose bytes it decides. */
export const zstdVersion = process.versions.zstd ?? '';

export function zstdFrame(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, settings(content, level, true));
}

/** Without a checksum, as a squashfs holds its blocks. */
export function zstdBlock(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, settings(content, level, false));
}

export function zstdBlockSync(content: Buffer, level: number): Buffer {
  return zstdCompressSync(content, settings(content, level, false));
}
