import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LockedFile } from '@imprint/protocol';
import { withWim } from '../formats/wim/wim-file.ts';
import { windowsLockError } from './errors.ts';
import { imageKindOf } from './image-kind.ts';
import type { ImageSource, LockContext, WantedImage } from './model.ts';
import { openMedium } from './open-medium.ts';
import { readEditableHeader } from './read-base.ts';
import { findSplitSet } from './split-set.ts';
import { guardUnchanged, readableParts, storeDemanded } from './store-file.ts';

async function openWim(path: string, image: WantedImage, context: LockContext): Promise<ImageSource> {
  const header = await readEditableHeader({ name: basename(path), path });
  const files = header.parts === 1 ? [path] : await findSplitSet(path, header);
  const assertUnchanged = await guardUnchanged(files);
  return {
    parts: await readableParts(
      files.map((file) => ({ name: basename(file), path: file })),
      context.directory,
    ),
    hasMedium: false,
    pin: async () => {
      const parts: LockedFile[] = [];
      for (const file of files) {
        const { place } = image;
        parts.push(await storeDemanded(file, file === path ? image : { place }, context));
      }
      await assertUnchanged();
      return { parts };
    },
  };
}

/**
 * Opens the image a manifest names: a WIM, a split set or a medium, by content and not by name.
 *
 * @throws WINDOWS_LOCK_IMAGE_KIND, WINDOWS_LOCK_PARTS_MISSING, WINDOWS_LOCK_MEDIUM_*, WINDOWS_WIM_*
 */
export async function openImageSource(image: WantedImage, context: LockContext): Promise<ImageSource> {
  const path = await realpath(image.path);
  const kind = await withWim(path, imageKindOf);
  if (kind === 'wim') return openWim(path, image, context);
  if (kind === 'medium') return openMedium(path, image, context);
  const { size: sizeBytes } = await stat(path);
  throw windowsLockError('WINDOWS_LOCK_IMAGE_KIND', { file: basename(path), sizeBytes });
}
