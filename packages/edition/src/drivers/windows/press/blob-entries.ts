import { readWimHeader, type WimHeader } from '../formats/wim/read-header.ts';
import {
  decodeResource,
  readPlainResource,
  resourceFlag,
  type WimFile,
  type WimResource,
  withWim,
} from '../formats/wim/wim-file.ts';

/** An entry of a WIM's blob table, with where its bytes are. */
export interface BlobEntry {
  /** The 50 bytes of the entry. */
  readonly bytes: Buffer;
  readonly resource: WimResource;
  readonly sha1: string;
  readonly isMetadata: boolean;
  readonly file: string;
}

const entryBytes = 50;
/** Four million blobs; a medium of Windows has some hundred thousand. */
const limitBytes = 200 * 1024 * 1024;

/** Reads the blob table with every entry's place. Source: [MS-WIM] LOOKUPTABLEENTRY_DISK. */
export async function blobEntries(file: WimFile, header: WimHeader): Promise<BlobEntry[]> {
  const table = await readPlainResource(file, header.blobTable, { name: 'blob table', limitBytes });
  return Array.from({ length: Math.floor(table.length / entryBytes) }, (_, position) => {
    const bytes = table.subarray(position * entryBytes, (position + 1) * entryBytes);
    const resource = decodeResource(bytes, 0, file);
    const isMetadata = (resource.flags & resourceFlag.metadata) !== 0;
    return { bytes, resource, sha1: bytes.toString('hex', 30, entryBytes), isMetadata, file: file.path };
  });
}

/** The entries of a WIM or of every part of a split set; of each part, those it holds itself. */
export async function blobEntriesOf(parts: readonly string[]): Promise<BlobEntry[]> {
  const tables = parts.map((path, position) =>
    withWim(path, async (file) => {
      const entries = await blobEntries(file, await readWimHeader(file));
      return entries.filter(({ bytes }) => bytes.readUInt16LE(24) === position + 1);
    }),
  );
  return (await Promise.all(tables)).flat();
}
