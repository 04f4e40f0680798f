import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { windowsToolError } from '../../tools/errors.ts';

const headersLimitBytes = 4096;
const chunkBytes = 1 << 20;
const certificatesLimitBytes = 1 << 20;

interface PeLayout {
  readonly checksumAt: number;
  readonly securityDirectoryAt: number;
  /** Start of the attribute certificate table, or the end of the file where there is none. */
  readonly contentEnd: number;
  readonly certificatesEnd: number;
  readonly isSigned: boolean;
}

/** Finds what the digest leaves out. Source: Microsoft PE format, "Optional Header" and "Attribute Certificate Table". */
function layoutOf(headers: Buffer, sizeBytes: number, file: string): PeLayout {
  const refuse = (got: string) => windowsToolError('WINDOWS_SIGNATURE_NOT_PE', { file, got });
  if (headers.length < 64 || headers.toString('latin1', 0, 2) !== 'MZ') throw refuse('no MZ header');
  const peAt = headers.readUInt32LE(60);
  if (peAt + 24 + 152 > headers.length || headers.readUInt32LE(peAt) !== 0x4550) throw refuse('no PE header');
  const optionalAt = peAt + 24;
  const magic = headers.readUInt16LE(optionalAt);
  if (magic !== 0x10b && magic !== 0x20b) throw refuse(`optional header magic ${magic.toString(16)}`);
  const directoriesAt = optionalAt + (magic === 0x20b ? 112 : 96);
  if (headers.readUInt32LE(directoriesAt - 4) < 5) throw refuse('no security directory');
  const securityDirectoryAt = directoriesAt + 4 * 8;
  const start = headers.readUInt32LE(securityDirectoryAt);
  const size = headers.readUInt32LE(securityDirectoryAt + 4);
  if (start !== 0 && (start < securityDirectoryAt + 8 || start + size > sizeBytes))
    throw refuse('a certificate table outside the file');
  return {
    checksumAt: optionalAt + 64,
    securityDirectoryAt,
    contentEnd: start === 0 ? sizeBytes : start,
    certificatesEnd: start === 0 ? sizeBytes : start + size,
    isSigned: start !== 0,
  };
}

async function hashRange(handle: FileHandle, hash: Hash, from: number, to: number): Promise<void> {
  const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(to - from, 0)));
  for (let at = from; at < to; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - at), at);
    if (bytesRead === 0) throw new RangeError('the file became shorter while it was read');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function readLayout(
  handle: FileHandle,
  file: string,
): Promise<PeLayout & { readonly sizeBytes: number }> {
  const { size: sizeBytes } = await handle.stat();
  const headers = Buffer.alloc(Math.min(sizeBytes, headersLimitBytes));
  await handle.read(headers, 0, headers.length, 0);
  return { ...layoutOf(headers, sizeBytes, file), sizeBytes };
}

async function digestOpenFile(handle: FileHandle, file: string, algorithm: 'sha1' | 'sha256') {
  const layout = await readLayout(handle, file);
  const { sizeBytes } = layout;
  const hash = createHash(algorithm);
  await hashRange(handle, hash, 0, layout.checksumAt);
  await hashRange(handle, hash, layout.checksumAt + 4, layout.securityDirectoryAt);
  await hashRange(handle, hash, layout.securityDirectoryAt + 8, layout.contentEnd);
  await hashRange(handle, hash, layout.certificatesEnd, sizeBytes);
  // A signer first pads the file to a multiple of eight bytes, so an unsigned file counts as padded.
  if (!layout.isSigned) hash.update(Buffer.alloc((8 - (sizeBytes % 8)) % 8));
  return { digest: hash.digest('hex'), isSigned: layout.isSigned };
}

/**
 * Computes the digest an Authenticode signature covers: all but the checksum, the security directory and the
 * certificates. Source: Microsoft "Windows Authenticode Portable Executable Signature Format".
 *
 * @throws WINDOWS_SIGNATURE_NOT_PE
 */
export async function authenticodeDigest(
  file: string,
  algorithm: 'sha1' | 'sha256' = 'sha256',
): Promise<{ readonly digest: string; readonly isSigned: boolean }> {
  const handle = await open(file);
  try {
    return await digestOpenFile(handle, file, algorithm);
  } finally {
    await handle.close();
  }
}

/**
 * Reads the PKCS #7 message of a PE's first certificate, or nothing when the PE has none.
 * Source: Microsoft PE format, "The Attribute Certificate Table".
 *
 * @throws WINDOWS_SIGNATURE_NOT_PE
 */
export async function embeddedSignature(file: string): Promise<Buffer | undefined> {
  const handle = await open(file);
  try {
    const { contentEnd, certificatesEnd, isSigned } = await readLayout(handle, file);
    if (!isSigned) return undefined;
    const table = Buffer.alloc(Math.min(certificatesEnd - contentEnd, certificatesLimitBytes));
    await handle.read(table, 0, table.length, contentEnd);
    const sizeBytes = table.length < 8 ? 0 : table.readUInt32LE(0);
    if (sizeBytes < 8 || sizeBytes > table.length)
      throw windowsToolError('WINDOWS_SIGNATURE_NOT_PE', { file, got: 'a certificate of no possible size' });
    return table.subarray(8, sizeBytes);
  } finally {
    await handle.close();
  }
}
