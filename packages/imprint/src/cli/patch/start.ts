import { join } from 'node:path';
import { type LoadedManifest, loadManifest, readLock } from '@imprint/edition';
import type { EditionLock } from '@imprint/protocol';
import { releasePaths } from '../../rooms/release/index.ts';
import { ownArchiveKey } from '../archive-key.ts';
import type { Input } from '../command.ts';
import { lockBeside, manifestFile } from '../edition-input.ts';
import { exists } from '../exists.ts';

/** What a patch starts from: the manifest, the lock that stands, and where upstream's indexes are kept. */
export interface PatchStart {
  readonly loaded: LoadedManifest;
  readonly lock: EditionLock;
  readonly resolve: {
    readonly cacheDir: string;
    readonly keyring: string | undefined;
    readonly releaseRoot: string | undefined;
    readonly archiveKey: string | undefined;
  };
}

/** Reads the manifest and the lock that a patch command names. */
export async function patchStart(input: Input): Promise<PatchStart> {
  const { context } = input;
  const loaded = await loadManifest(await manifestFile(input));
  const given = input.text('lock');
  const lock = await readLock(given === undefined ? lockBeside(loaded.file) : context.path(given));
  const keyring = input.text('keyring');
  const root = join(releasePaths(context.home).root, 'root.json');
  return {
    loaded,
    lock,
    resolve: {
      cacheDir: join(context.home.directory, 'cache'),
      keyring: keyring === undefined ? undefined : context.path(keyring),
      releaseRoot: (await exists(root)) ? root : undefined,
      archiveKey: await ownArchiveKey(context),
    },
  };
}
