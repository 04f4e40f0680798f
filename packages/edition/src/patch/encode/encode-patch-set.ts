import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianLock, PatchSet } from '@imprint/protocol';
import { canonicalJson } from '@imprint/trust';
import { beginStage, type Reporter } from '../../progress.ts';
import { type ContentStore, guardSpace, writeFileDurably } from '../../store/index.ts';
import { runToolText } from '../../tools/run-tool.ts';
import { patchError } from '../errors.ts';
import { openEncodeCache } from './cache.ts';
import {
  carriedEntry,
  changedDebs,
  type LockedDeb,
  lockedDebs,
  type PatchSource,
  startingReleases,
} from './changed.ts';
import { type EncodedPackage, encodePackage } from './encode-package.ts';

/** File names in the directory of an encoded patch set; packs and loose files are named by their digests. */
export const patchSetNames = { document: 'patch-set.json', packs: 'packs', files: 'files' } as const;

export interface EncodePatchSetOptions {
  /** The lock of the release that the set leads to; its packages are in the store. */
  readonly lock: DebianLock;
  readonly lockSha256: string;
  /** Releases that devices run, newest first. */
  readonly from: readonly PatchSource[];
  readonly store: ContentStore;
  /** Keeps what was encoded, by content: the same pair is never encoded twice. */
  readonly cacheDirectory: string;
  /** Where the set is written. */
  readonly directory: string;
  /** Where a pack or patch that was published before lies, by the digest of its head. */
  readonly published?: ((sha256: string) => string) | undefined;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

async function described(deb: LockedDeb, store: ContentStore): Promise<LockedDeb> {
  if (deb.package !== undefined) return deb;
  if (!(await store.has(deb.sha256)))
    throw patchError('PATCH_PACKAGE_ABSENT', { sha256: deb.sha256, directory: store.directory });
  const fields = ['Package', 'Version', 'Architecture'];
  const text = await runToolText(['dpkg-deb', '--field', store.path(deb.sha256), ...fields]);
  const [name = '', version = '', architecture = ''] = fields.map(
    (field) => new RegExp(`^${field}: (.+)$`, 'm').exec(text)?.[1],
  );
  return { ...deb, package: { name, version, architecture } };
}

async function place(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(() => copyFile(from, to));
}

const byName = (a: EncodedPackage, b: EncodedPackage) => {
  const [left, right] = [a, b].map(({ entry }) => `${entry.name} ${entry.architecture}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
};

/**
 * Encodes what brings devices of earlier releases to a lock's packages: `patch-set.json`, canonical JSON, and the packs and
 * patches that it names below `packs/`. A run that was ended goes on where it was.
 *
 * @throws PATCH_PACKAGE_ABSENT, PACK_DEB_TOO_LARGE, STORE_FULL, TOOL_MISSING, TOOL_FAILED
 */
export async function encodePatchSet(options: EncodePatchSetOptions): Promise<PatchSet> {
  const { lock, lockSha256, from, store, directory, published, signal } = options;
  const cache = await openEncodeCache(options.cacheDirectory);
  const debs: LockedDeb[] = [];
  for (const deb of lockedDebs(lock)) debs.push(await described(deb, store));
  const changed = changedDebs(debs, from);
  const packs = join(directory, patchSetNames.packs);
  await mkdir(packs, { recursive: true });
  const counted = { total: changed.length, unit: 'packages' } as const;
  const stage = beginStage(options.reporter, 'patch-set', counted);
  const encoded: EncodedPackage[] = [];
  for (const deb of changed) {
    signal?.throwIfAborted();
    const note = deb.package?.name ?? deb.id;
    stage.report({ kind: 'progress', ...counted, done: encoded.length, note });
    const one = await encodePackage(deb, { store, cache, signal }, carriedEntry(deb, from), published);
    for (const [sha256, file] of one.files)
      await guardSpace(directory, note, () => place(file, join(packs, sha256)));
    encoded.push(one);
  }
  const { edition, version } = lock;
  const set: PatchSet = {
    ...{ schema: 'imprint/patch-set/v1', edition, version, lockSha256 },
    from: startingReleases(from),
    packages: encoded.sort(byName).map(({ entry }) => entry),
  };
  await writeFileDurably(join(directory, patchSetNames.document), canonicalJson(set));
  stage.finish({ ...counted, done: encoded.length });
  return set;
}
