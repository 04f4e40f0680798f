import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedImage } from '@imprint/protocol';
import type { ContentStore } from '../../../store/index.ts';

/** An image to work with. */
export interface BaseImage {
  readonly file: string;
  readonly index: number;
  /** All files of a split set, `file` among them; empty for a single WIM. */
  readonly parts: readonly string[];
}

/** Every file that holds the image. */
export const filesOf = ({ file, parts }: BaseImage): readonly string[] => (parts.length > 0 ? parts : [file]);

/** The files beside `file`, as commands take them. */
export const refsOf = ({ file, parts }: BaseImage): readonly string[] =>
  parts.filter((part) => part !== file);

/** Gives the store's blobs, which are only read, the names that programs expect of a WIM or a split set. */
export async function openBaseImage(
  image: LockedImage,
  store: ContentStore,
  work: string,
): Promise<BaseImage> {
  const directory = join(work, 'base');
  await mkdir(directory);
  const isSplit = image.parts.length > 1;
  const parts: string[] = [];
  for (const [position, { sha256 }] of image.parts.entries()) {
    const name = isSplit ? `base${position === 0 ? '' : position + 1}.swm` : 'base.wim';
    await symlink(store.path(sha256), join(directory, name));
    parts.push(join(directory, name));
  }
  return { file: parts[0] ?? '', index: image.index, parts: isSplit ? parts : [] };
}
