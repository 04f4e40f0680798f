import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DefinitionsManifest } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { readBounded } from '../ceremony/files.ts';
import { repositoryNames } from '../tuf/repository.ts';
import type { Put } from '../tuf/writes.ts';

const maximumBytes = 1024 * 1024 * 1024;

/** The files of a ring as any web server gives them to an unmodified freshclam. */
export const mirrorPath = (edition: string, ring: string): string => `antivirus/${edition}/${ring}/mirror`;

async function isThere(file: string, sha256: string): Promise<boolean> {
  const found = await hashFile(file).catch(() => undefined);
  return found?.sha256 === sha256;
}

/**
 * Brings the mirror of a ring to a set that lies in the repository. A file that stays the same keeps its time, and one that
 * changes gets a new one: freshclam asks for what is newer than its own.
 */
export async function writeMirror(
  repository: string,
  { edition, ring, files }: DefinitionsManifest,
  put: Put,
): Promise<void> {
  const directory = mirrorPath(edition, ring);
  for (const { name, sha256 } of files) {
    if (await isThere(join(repository, directory, name), sha256)) continue;
    // A copy, never a link to the blob: its time has to be that of this change.
    const blob = join(repository, repositoryNames.blob(sha256));
    await put(repository, {
      path: `${directory}/${name}`,
      bytes: await readBounded(blob, name, maximumBytes),
    });
  }
}

/** Takes away what the set no longer has. */
export async function clearMirror(
  repository: string,
  { edition, ring, files }: DefinitionsManifest,
): Promise<void> {
  const directory = join(repository, mirrorPath(edition, ring));
  const kept = new Set(files.map(({ name }) => name));
  for (const name of await readdir(directory).catch(() => [] as string[])) {
    if (!kept.has(name)) await rm(join(directory, name), { force: true });
  }
}
