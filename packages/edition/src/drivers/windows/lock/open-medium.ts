import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LockedFile } from '@imprint/protocol';
import { sha256OfFile } from '../../../store/index.ts';
import { readWimHeader, type WimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { windowsLockError } from './errors.ts';
import { imageKindOf } from './image-kind.ts';
import { extractFromMedium, findInstallImage, listMedium } from './medium.ts';
import { readMediumRecord, writeMediumRecord } from './medium-record.ts';
import type { ImageSource, LockContext, WantedImage } from './model.ts';
import { findSplitSet } from './split-set.ts';
import { digestMismatch, guardUnchanged, readableParts, storeDemanded, storeOwn } from './store-file.ts';

async function hashMedium(
  path: string,
  image: WantedImage,
  { options, stage }: LockContext,
): Promise<LockedFile> {
  const name = basename(path);
  stage.report({ kind: 'progress', step: name });
  const found = await sha256OfFile(path, options.signal);
  if (image.sha256 !== undefined && image.sha256 !== found.sha256)
    throw digestMismatch(path, { expected: image.sha256, got: found.sha256 }, image);
  return { name, ...found };
}

/** Refuses what lies on a medium under an image's name and is none that can be edited. */
async function assertEditable(medium: string, member: string, path: string): Promise<WimHeader> {
  const file = basename(medium);
  if ((await withWim(path, imageKindOf)) !== 'wim') {
    const { size: sizeBytes } = await stat(path);
    throw windowsLockError('WINDOWS_LOCK_IMAGE_KIND', { file: member, sizeBytes });
  }
  const header = await withWim(path, readWimHeader);
  if (header.isSolid)
    throw windowsLockError('WINDOWS_LOCK_MEDIUM_SOLID', { file, member, name: basename(member) });
  return header;
}

/** Extracts the image of a medium and returns every part in order. */
async function extractImage(path: string, context: LockContext): Promise<readonly string[]> {
  const { options, stage, directory } = context;
  const found = findInstallImage(path, await listMedium(path, options.signal));
  const below = join(directory, 'medium');
  await mkdir(below);
  const sizeBytes = found.reduce((sum, file) => sum + file.sizeBytes, 0);
  stage.report({ kind: 'progress', step: found[0]?.path ?? '', sizeBytes });
  const [first = ''] = await extractFromMedium(path, found, below, options.signal);
  const header = await assertEditable(path, found[0]?.path ?? '', first);
  return header.parts === 1 ? [first] : findSplitSet(first, header);
}

/**
 * Opens the image on an installation medium. Once an image is in the store, a medium with the same digest gives it
 * without being extracted.
 *
 * @throws WINDOWS_LOCK_MEDIUM_*, WINDOWS_WIM_*, LOCK_DIGEST_MISMATCH
 */
export async function openMedium(
  path: string,
  image: WantedImage,
  context: LockContext,
): Promise<ImageSource> {
  const { options, stage } = context;
  const assertUnchanged = await guardUnchanged([path]);
  const medium = await hashMedium(path, image, context);
  const known = await readMediumRecord(medium.sha256, context);
  if (known !== undefined) stage.report({ kind: 'cached', step: medium.name });
  const files =
    known?.map(({ name, sha256 }) => ({ name, path: options.store.path(sha256) })) ??
    (await extractImage(path, context)).map((file) => ({ name: basename(file), path: file }));
  const pinParts = async () => {
    if (known !== undefined) return known;
    const parts: LockedFile[] = [];
    for (const file of files) parts.push(await storeOwn(file.path, context));
    await writeMediumRecord(medium.sha256, parts, context);
    return parts;
  };
  return {
    parts: await readableParts(files, context.directory),
    hasMedium: true,
    pin: async () => {
      await assertUnchanged();
      const parts = await pinParts();
      const { place } = image;
      if (image.keepMedium) await storeDemanded(path, { place, sha256: medium.sha256 }, context);
      return { parts, medium };
    },
  };
}
