import { copyFile, mkdir, rename, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isImprintError, type LockedFile } from '@imprint/protocol';
import { lockError } from '../../../lock/errors.ts';
import type { InputFile } from '../../../manifest/index.ts';
import { guardSpace } from '../../../store/index.ts';
import { windowsLockError } from './errors.ts';
import type { ImagePart, ImageSource, LockContext } from './model.ts';

/** Tells apart what a file was at two times. */
async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Remembers files and refuses them later if they are no longer what they were. @throws WINDOWS_LOCK_CHANGED */
export async function guardUnchanged(paths: readonly string[]): Promise<() => Promise<void>> {
  const before = await Promise.all(paths.map(stampOf));
  return async () => {
    for (const [index, path] of paths.entries())
      if ((await stampOf(path)) !== before[index])
        throw windowsLockError('WINDOWS_LOCK_CHANGED', { file: basename(path) });
  };
}

/** Says that a file has another digest than the manifest demands. */
export function digestMismatch(
  path: string,
  digests: { readonly expected: string; readonly got: string },
  { place }: Pick<InputFile, 'place'>,
): Error {
  return lockError('LOCK_DIGEST_MISMATCH', { path: basename(path), ...digests }, { place });
}

/** Copies a file into the store under the digest the manifest demands. @throws LOCK_DIGEST_MISMATCH, STORE_FULL */
export async function storeDemanded(
  path: string,
  demanded: Pick<InputFile, 'sha256' | 'place'>,
  { options, stage }: LockContext,
): Promise<LockedFile> {
  const name = basename(path);
  options.signal?.throwIfAborted();
  stage.report({ kind: 'progress', step: name });
  try {
    return { name, ...(await options.store.putFile(path, demanded.sha256, options.signal)) };
  } catch (error) {
    if (!isImprintError(error, 'STORE_DIGEST_MISMATCH')) throw error;
    const [expected, got] = [String(error.params.expected), String(error.params.got)];
    throw digestMismatch(path, { expected, got }, demanded);
  }
}

/** Moves a file of our own into the store, so that it is there once and hashed once. @throws STORE_FULL */
export async function storeOwn(path: string, { options }: LockContext): Promise<LockedFile> {
  options.signal?.throwIfAborted();
  const temporary = await options.store.openTemporary();
  try {
    await guardSpace(options.store.directory, basename(path), () =>
      rename(path, temporary.path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EXDEV') throw error;
        return copyFile(path, temporary.path);
      }),
    );
    return { name: basename(path), ...(await temporary.commit()) };
  } finally {
    await temporary.discard();
  }
}

/** Gives the parts of a set paths in which wimlib sees no pattern; a single file keeps its own. */
export async function readableParts(
  [first, ...others]: readonly ImagePart[],
  directory: string,
): Promise<ImageSource['parts']> {
  if (first === undefined) throw new TypeError('an image has at least one file');
  if (others.length === 0) return [first];
  const below = join(directory, 'parts');
  await mkdir(below);
  const link = async ({ name, path }: ImagePart, index: number): Promise<ImagePart> => {
    const linked = join(below, `${index + 1}.swm`);
    await symlink(path, linked);
    return { name, path: linked };
  };
  return [await link(first, 0), ...(await Promise.all(others.map((part, index) => link(part, index + 1))))];
}
