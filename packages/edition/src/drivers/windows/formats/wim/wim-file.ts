import { type FileHandle, open } from 'node:fs/promises';
import { wimError } from './errors.ts';

/** An open WIM, read by position only. */
export interface WimFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

/** Where a resource lies in the file. Source: [MS-WIM] RESHDR_DISK_SHORT. */
export interface WimResource {
  readonly flags: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly sizeBytes: number;
}

export const resourceFlag = {
  free: 0x01,
  metadata: 0x02,
  compressed: 0x04,
  spanned: 0x08,
  solid: 0x10,
} as const;

/** Opens a WIM for reading, hands it to `work` and always closes it. */
export async function withWim<T>(path: string, work: (file: WimFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await work({ path, handle, sizeBytes: (await handle.stat()).size });
  } finally {
    await handle.close();
  }
}

/** Decodes the 24 bytes of a resource header. Source: [MS-WIM] RESHDR_DISK_SHORT; sizes above 2^53 are refused. */
export function decodeResource(bytes: Buffer, at: number, file: WimFile): WimResource {
  const wide = (value: bigint) => {
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw wimError('WINDOWS_WIM_MALFORMED', {
        file: file.path,
        expected: 'a resource size below 2^53',
        got: String(value),
      });
    return Number(value);
  };
  const sizeAndFlags = bytes.readBigUInt64LE(at);
  return {
    flags: Number(sizeAndFlags >> 56n),
    storedBytes: wide(sizeAndFlags & 0xff_ffff_ffff_ffffn),
    offset: wide(bytes.readBigUInt64LE(at + 8)),
    sizeBytes: wide(bytes.readBigUInt64LE(at + 16)),
  };
}

/** Refuses a resource that ends beyond the file. */
export function assertInside(file: WimFile, resource: WimResource, name: string): void {
  const endBytes = resource.offset + resource.storedBytes;
  if (endBytes > file.sizeBytes)
    throw wimError('WINDOWS_WIM_TRUNCATED', {
      file: file.path,
      resource: name,
      endBytes,
      sizeBytes: file.sizeBytes,
    });
}

/** Reads one range whole; the caller's limit bounds it. */
export async function readRange(file: WimFile, offset: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await file.handle.read(bytes, at, sizeBytes - at, offset + at);
    if (bytesRead === 0)
      throw wimError('WINDOWS_WIM_TRUNCATED', {
        file: file.path,
        resource: `range at ${offset}`,
        endBytes: offset + sizeBytes,
        sizeBytes: file.sizeBytes,
      });
    at += bytesRead;
  }
  return bytes;
}

/** Reads an uncompressed resource such as the blob table or the XML. */
export async function readPlainResource(
  file: WimFile,
  resource: WimResource,
  options: { readonly name: string; readonly limitBytes: number },
): Promise<Buffer> {
  assertInside(file, resource, options.name);
  if (resource.flags & resourceFlag.compressed)
    throw wimError('WINDOWS_WIM_UNSUPPORTED', { file: file.path, feature: `a compressed ${options.name}` });
  if (resource.storedBytes > options.limitBytes)
    throw wimError('WINDOWS_WIM_UNSUPPORTED', {
      file: file.path,
      feature: `a ${options.name} of ${resource.storedBytes} bytes, above the limit of ${options.limitBytes}`,
    });
  return readRange(file, resource.offset, resource.storedBytes);
}
