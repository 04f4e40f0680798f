import { open } from 'node:fs/promises';

const guidOffset = 24;

/** Derives a WIM's GUID from a digest: its first 16 bytes marked as version 8. Source: RFC 9562 §5.8, little-endian form. */
export function wimGuid(hexDigest: string): Buffer {
  const bytes = Buffer.from(hexDigest.slice(0, 32), 'hex');
  if (bytes.length !== 16) throw new RangeError('a GUID needs a digest of at least 16 bytes');
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** Replaces the random GUID in a WIM's header by one the digest decides. Source: [MS-WIM] WIMHEADER_V1_PACKED gWIMGuid. */
export async function patchWimGuid(file: string, hexDigest: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.write(wimGuid(hexDigest), 0, 16, guidOffset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
