import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);

function parameters(level: number, checksum: boolean) {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
  };
  return { params };
}

/** The compressor's version: part of every key whose bytes it decides. */
export const zstdVersion = process.versions.zstd ?? '';

export function zstdFrame(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, parameters(level, true));
}

/** Without a checksum, as a squashfs holds its blocks. */
export function zstdBlock(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, parameters(level, false));
}

export function zstdBlockSync(content: Buffer, level: number): Buffer {
  return zstdCompressSync(content, parameters(level, false));
}
