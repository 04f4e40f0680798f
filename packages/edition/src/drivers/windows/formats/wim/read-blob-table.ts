import { wimError } from './errors.ts';
import type { WimHeader } from './read-header.ts';
import { assertInside, decodeResource, readPlainResource, resourceFlag, type WimFile } from './wim-file.ts';

/** The bytes of one or more streams, stored once. */
export interface WimBlob {
  /** SHA-1 in hex; the format knows no other. */
  readonly sha1: string;
  readonly sizeBytes: number;
  readonly referenceCount: number;
  readonly isMetadata: boolean;
  readonly part: number;
}

const entryBytes = 50;
/** In place of a size, it marks an entry that describes a solid resource instead of a blob. */
const solidResourceMarker = 0x1_0000_0000;
/** Four million blobs; a medium of Windows has some hundred thousand. */
const limitBytes = 200 * 1024 * 1024;

/**
 * Reads the blob (lookup) table; entries that describe solid resources are left out.
 * Source: [MS-WIM] LOOKUPTABLEENTRY_DISK; solid entries: flag 0x10 of version 0xe00, as wimlib writes them.
 *
 * @throws WINDOWS_WIM_TRUNCATED when a blob ends beyond the file, WINDOWS_WIM_MALFORMED
 */
export async function readBlobTable(file: WimFile, header: WimHeader): Promise<readonly WimBlob[]> {
  const bytes = await readPlainResource(file, header.blobTable, { name: 'blob table', limitBytes });
  if (bytes.length % entryBytes !== 0)
    throw wimError('WINDOWS_WIM_MALFORMED', {
      file: file.path,
      expected: `a blob table of whole entries of ${entryBytes} bytes`,
      got: `${bytes.length} bytes`,
    });
  const blobs: WimBlob[] = [];
  for (let at = 0; at < bytes.length; at += entryBytes) {
    const resource = decodeResource(bytes, at, file);
    const isSolid = (resource.flags & resourceFlag.solid) !== 0;
    if (isSolid && resource.sizeBytes === solidResourceMarker) continue;
    const part = bytes.readUInt16LE(at + 24);
    const sha1 = bytes.toString('hex', at + 30, at + 50);
    if (part === header.part && !isSolid) assertInside(file, resource, `blob ${sha1}`);
    blobs.push({
      sha1,
      // Inside a solid resource the stored size is the blob's own.
      sizeBytes: isSolid ? resource.storedBytes : resource.sizeBytes,
      referenceCount: bytes.readUInt32LE(at + 26),
      isMetadata: (resource.flags & resourceFlag.metadata) !== 0,
      part,
    });
  }
  return blobs;
}
