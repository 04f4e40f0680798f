import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/**
 * Lists an image that is known by its digest, or finds the listing of an earlier build.
 *
 * @param key the digest of the image's files, which names the listing together with the image's index
 */
export async function readKnownImage(
  image: ImageFile,
  key: string,
  context: { readonly cacheDir: string; readonly signal?: AbortSignal | undefined },
): Promise<readonly ImageEntry[]> {
  const file = join(context.cacheDir, 'windows-listing', `${key}-${image.index}.json`);
  const cached = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as { schema?: string; entries: readonly ImageEntry[] },
    () => undefined,
  );
  if (cached?.schema === schema) return cached.entries;
  const entries = await readImage(image, context.signal);
  await writeFileDurably(file, JSON.stringify({ schema, entries }));
  return entries;
}
