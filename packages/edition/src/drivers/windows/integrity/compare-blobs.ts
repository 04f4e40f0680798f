import { readBlobTable, type WimBlob } from '../formats/wim/read-blob-table.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import type { ImageFile } from './model.ts';

/** What two blob tables have apart, SHA-1 in hex, sorted; metadata is left out. */
export interface BlobDifference {
  readonly added: readonly string[];
  /** Also what only other images of the base use. */
  readonly removed: readonly string[];
}

/** The content an image's file holds, by its table. */
export async function blobsOf({ file, parts }: ImageFile): Promise<ReadonlySet<string>> {
  const tables: (readonly WimBlob[])[] = [];
  for (const part of parts.length === 0 ? [file] : parts)
    tables.push(await withWim(part, async (wim) => await readBlobTable(wim, await readWimHeader(wim))));
  const blobs = tables.flat().filter(({ isMetadata, referenceCount }) => !isMetadata && referenceCount > 0);
  return new Set(blobs.map(({ sha1 }) => sha1));
}

/**
 * Compares the content of two WIM files by their tables alone: quick, because nothing is decompressed, and about whole
 * files, because a table does not know which image uses a blob.
 */
export async function compareBlobs(base: ImageFile, pressed: ImageFile): Promise<BlobDifference> {
  const [before, after] = [await blobsOf(base), await blobsOf(pressed)];
  const beyond = (blobs: ReadonlySet<string>, others: ReadonlySet<string>) =>
    [...blobs].filter((sha1) => !others.has(sha1)).sort();
  return { added: beyond(after, before), removed: beyond(before, after) };
}
