import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnerAlive, ownerMark } from './owner.ts';

/**
 * Unfinished files of a store. Names: `<random>.<owner>.tmp` is worthless once its owner is gone;
 * `<sha256>.<owner>.<random>.part` and `<sha256>.part` are the beginnings of downloads, kept to be resumed.
 */
export function temporaryPath(directory: string): string {
  return join(directory, `${randomBytes(8).toString('hex')}.${ownerMark()}.tmp`);
}

/** Removes the unfinished files of processes that are gone; beginnings of downloads stay. */
export async function sweepTemporary(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const owner = /^[0-9a-f]+\.(\d+-\d+)\.tmp$/.exec(name)?.[1];
    if (owner !== undefined && !isOwnerAlive(owner)) await rm(join(directory, name), { force: true });
  }
}

function isClaimable(name: string): boolean {
  const owner = /^[0-9a-f]{64}(?:\.(\d+-\d+)\.[0-9a-f]+)?\.part$/.exec(name);
  return owner !== null && (owner[1] === undefined || !isOwnerAlive(owner[1]));
}

async function claimablePartials(directory: string, sha256: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.startsWith(sha256) && isClaimable(name))
    .map((name) => join(directory, name));
}

/** Takes over the beginning of a download nobody works on, or names a new one. A rename lets only one claimant win. */
export async function claimPartialPath(
  directory: string,
  sha256: string,
): Promise<{ path: string; sizeBytes: number }> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${sha256}.${ownerMark()}.${randomBytes(4).toString('hex')}.part`);
  for (const candidate of await claimablePartials(directory, sha256)) {
    try {
      await rename(candidate, path);
      return { path, sizeBytes: (await stat(path)).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { path, sizeBytes: 0 };
}

/** Gives up a download but keeps its beginning for the next claimant. */
export async function releasePartialPath(directory: string, sha256: string, path: string): Promise<void> {
  try {
    await rename(path, join(directory, `${sha256}.part`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Removes what is left of a digest's downloads once its blob is there. */
export async function dropPartials(directory: string, sha256: string): Promise<void> {
  for (const path of await claimablePartials(directory, sha256)) await rm(path, { force: true });
}
