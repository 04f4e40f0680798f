import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { integrityRoot } from '../../../evidence/integrity/manifest.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { listImage } from '../tools/wimlib.ts';
import { imageEntries } from './image-entries.ts';
import type { ImageEntry, ImageFile } from './model.ts';

const schema = 'imprint/windows-listing/v1';

/** The files of a split set beside the one an image is read from. */
export function otherParts({ file, parts }: ImageFile): string[] {
  return parts.filter((part) => part !== file);
}

/** Lists an image in the manifest's terms, sorted by path. */
export async function readImage(image: ImageFile, signal?: AbortSignal): Promise<readonly ImageEntry[]> {
  return imageEntries(await listImage(image.file, image.index, { refs: otherParts(image), signal }));
}

/** A vendor's image: its paths, and the RFC 6962 root over them as a manifest would have them. */
export interface KnownImage {
  readonly entries: readonly ImageEntry[];
  readonly root: string;
}

/** The vendor's image alone as a tree of its own: the same root for every edition on it. */
function coreRoot(entries: readonly ImageEntry[], origin: string): string {
  return integrityRoot(
    entries.map(({ creationTime: _made, lastWriteTime: _written, ...entry }) => ({
      ...entry,
      ...{ class: 'core', origin, evidence: 'image' },
    })),
  );
}

/**
 * Lists an image that is known by its digest, or finds the listing of an earlier build.
 *
 * @param key the digest of the image's files, which names the listing together with the image's index
 */
export async function readKnownImage(
  image: ImageFile,
  { key, origin }: { readonly key: string; readonly origin: string },
  context: { readonly cacheDir: string; readonly signal?: AbortSignal | undefined },
): Promise<KnownImage> {
  const file = join(context.cacheDir, 'windows-listing', `${key}-${image.index}.json`);
  const cached = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as KnownImage & { schema?: string },
    () => undefined,
  );
  if (cached?.schema === schema) return { entries: cached.entries, root: cached.root };
  const entries = await readImage(image, context.signal);
  const known = { entries, root: coreRoot(entries, origin) };
  await writeFileDurably(file, JSON.stringify({ schema, ...known }));
  return known;
}
