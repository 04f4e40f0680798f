import { resolve } from 'node:path';
import { type DebianLock, type DebianManifest, type EditionLock, isWindowsManifest } from '@imprint/protocol';
import { archiveKeyring, archivesOf } from '../drivers/debian/data/archives.ts';
import { resolveWindowsLock } from '../drivers/windows/index.ts';
import type { LoadedManifest } from '../manifest/index.ts';
import { beginStage, type Stage } from '../progress.ts';
import { lockedArchives, prepareApt, updateIndexes } from './apt.ts';
import { closeAptRun } from './apt-run.ts';
import { storeInputs } from './inputs.ts';
import type { ResolveOptions } from './model.ts';
import { lockedOverrides } from './overrides.ts';
import { resolveGroups } from './resolve-groups.ts';

type GivenRole = 'release-root' | 'archive-key';

/** The manifest's files with one that is given instead of what it names. */
function withFile(
  loaded: LoadedManifest,
  role: GivenRole,
  name: string,
  path: string | undefined,
): LoadedManifest {
  if (path === undefined) return loaded;
  const others = loaded.files.filter((file) => file.role !== role);
  return { ...loaded, files: [...others, { role, name, path: resolve(path), place: { file: path } }] };
}

/** Upstream's part of a lock: the archives as they are now, and the packages chosen from them. */
async function resolveUpstream(
  loaded: LoadedManifest<DebianManifest>,
  inputs: EditionLock['inputs'],
  options: ResolveOptions,
  stage: Stage,
) {
  const keyring = options.keyring ?? archiveKeyring;
  const archives = archivesOf(loaded.manifest.base.debian);
  const apt = await prepareApt(resolve(options.cacheDir), archives, keyring, options.signal);
  try {
    stage.report({ kind: 'progress', step: 'indexes' });
    await updateIndexes(apt);
    const groups = await resolveGroups(apt, loaded, inputs, options.store, stage);
    return { archives: await lockedArchives(apt), ...groups };
  } finally {
    await closeAptRun(apt.run);
  }
}

/**
 * Resolves a manifest to exact inputs: upstream's packages by apt over its archives together, the edition's own files
 * by digest. Files go to the store at once; packages come with `fetchLocked`.
 *
 * @throws LOCK_UNRESOLVED with a detail per problem (LOCK_PACKAGE_MISSING, LOCK_PACKAGE_REMOVED, LOCK_REMOVED_NEEDED,
 *   LOCK_CONFLICT), LOCK_COMPONENT_INVALID, LOCK_DIGEST_MISMATCH, LOCK_KEYRING_MISSING, LOCK_ARCHIVE_*, STORE_FULL
 */
export async function resolveLock(given: LoadedManifest, options: ResolveOptions): Promise<EditionLock> {
  const loaded = withFile(given, 'release-root', 'root.json', options.releaseRoot);
  const { manifest } = loaded;
  if (isWindowsManifest(manifest)) return resolveWindowsLock({ ...loaded, manifest }, options);
  const { files } = withFile(loaded, 'archive-key', 'archive-key.pgp', options.archiveKey);
  return resolveDebianLock({ ...loaded, files, manifest }, options);
}

async function resolveDebianLock(
  loaded: LoadedManifest<DebianManifest>,
  options: ResolveOptions,
): Promise<DebianLock> {
  const { manifest } = loaded;
  const stage = beginStage(options.reporter, 'resolve');
  const inputs = await storeInputs(loaded, options.store);
  const upstream = await resolveUpstream(loaded, inputs, options, stage);
  const overrides = lockedOverrides(loaded);
  const count = upstream.base.length + upstream.packages.length;
  stage.finish({ done: count, total: count, unit: 'packages' });
  return {
    lockVersion: 1,
    edition: manifest.edition,
    version: manifest.version,
    manifest,
    architecture: 'amd64',
    sourceDateEpoch: Math.max(...upstream.archives.map(({ date }) => Date.parse(date) / 1000)),
    ...upstream,
    inputs,
    ...(overrides.length === 0 ? {} : { overrides }),
  };
}
