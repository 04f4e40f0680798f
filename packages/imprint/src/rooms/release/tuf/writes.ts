import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile } from '@imprint/trust';
import { syncDirectory, writeDurably } from '../../../platform/files.ts';
import { releaseError } from '../errors.ts';

/** One file to put into a repository: bytes, or a file whose digest was checked before. */
export type RepositoryWrite =
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly from: string; readonly sha256: string };

/** Puts one file in place whole or not at all; injected so that tests can lose writes. */
export type Put = (directory: string, write: RepositoryWrite) => Promise<void>;

/** The durable writer: temporary name, fsync, rename, fsync of the directory. */
export const putDurably: Put = async (directory, write) => {
  const target = join(directory, write.path);
  if ('bytes' in write) return writeDurably(target, write.bytes);
  return placeBlob(write.from, target, write.sha256);
};

/** A blob already there under its digest is not written again, unless its size says that it is damaged. */
async function placeBlob(from: string, target: string, sha256: string): Promise<void> {
  const [there, here] = [await stat(target).catch(() => undefined), await stat(from)];
  if (there !== undefined && there.size === here.size) return;
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const isLinked = await link(from, temporary).then(
      () => true,
      () => false,
    );
    // A link is the very file that was hashed for the review; a copy is checked for what the copying did to it.
    if (!isLinked) await copyVerified(from, temporary, sha256);
    const file = await open(temporary, 'r');
    await file.sync();
    await file.close();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

async function copyVerified(from: string, to: string, sha256: string): Promise<void> {
  await copyFile(from, to);
  const found = await hashFile(to);
  if (found.sha256 === sha256) return;
  throw releaseError('RELEASE_DERIVATION_MISMATCH', { what: from, expected: sha256, got: found.sha256 });
}
