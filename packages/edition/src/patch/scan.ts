import { resolve } from 'node:path';
import {
  type DebianLock,
  type DebianManifest,
  type EditionLock,
  isImprintError,
  isWindowsLock,
  isWindowsManifest,
  type LockedPackage,
} from '@imprint/protocol';
import { compareDebianVersions } from '../diff/debian-version.ts';
import { diffPackages } from '../diff/diff-packages.ts';
import { type Archive, archiveKeyring, archivesOf } from '../drivers/debian/data/archives.ts';
import { indexOf, lockedArchives, prepareApt, updateIndexes } from '../lock/apt.ts';
import { closeAptRun } from '../lock/apt-run.ts';
import { fetchLocked } from '../lock/fetch-locked.ts';
import { lockSha256 } from '../lock/lock-file.ts';
import type { ResolveOptions } from '../lock/model.ts';
import type { PackageIndex } from '../lock/package-index.ts';
import { lockedPackage } from '../lock/resolve-groups.ts';
import { resolveLock } from '../lock/resolve-lock.ts';
import type { LoadedManifest } from '../manifest/index.ts';
import { alignRenamed, figuresOf, updatesOf } from './compare.ts';
import { patchError } from './errors.ts';
import type { PatchScan, SeverityFeed, SourceState } from './model.ts';

export interface ScanOptions extends ResolveOptions {
  readonly now: Date;
  readonly feed?: SeverityFeed | undefined;
  /** Fetches the new packages, whose changelogs say what they fix; without it that is unknown. */
  readonly fetch: boolean;
}

const isArchiveFailure = (error: unknown) =>
  isImprintError(error) && /^LOCK_(ARCHIVE_|KEYRING_MISSING)/.test(error.code);

interface Upstream {
  readonly depth: PatchScan['depth'];
  readonly sources: readonly SourceState[];
  readonly lock: DebianLock;
}

/** Asks one archive alone. */
async function askArchive(
  archive: Archive,
  lockedDate: string | undefined,
  options: ScanOptions,
): Promise<{ readonly source: SourceState; readonly index?: PackageIndex }> {
  const head = { ...archive, lockedDate };
  try {
    const keyring = options.keyring ?? archiveKeyring;
    const apt = await prepareApt(resolve(options.cacheDir), [archive], keyring, options.signal);
    try {
      await updateIndexes(apt);
      const [found] = await lockedArchives(apt);
      const date = found?.date ?? '';
      const source = { ...head, state: 'fetched', date, fetchedAt: options.now.toISOString() } as const;
      return { source, index: await indexOf(apt) };
    } finally {
      await closeAptRun(apt.run);
    }
  } catch (error) {
    if (!isImprintError(error) || !isArchiveFailure(error)) throw error;
    const message = { en: error.messageIn('en'), 'zh-CN': error.messageIn('zh-CN') };
    return { source: { ...head, state: 'unknown', reason: { code: error.code, message } } };
  }
}

/** The newest version of a locked package in the archives that answered, if it is newer. */
function newest(item: LockedPackage, indexes: readonly PackageIndex[]): LockedPackage {
  let best = item;
  for (const index of indexes)
    for (const version of index.versions(item.name))
      if (compareDebianVersions(version, best.version) > 0)
        best = lockedPackage({ index }, item.name, version);
  return best;
}

/** Without all archives nothing can be solved: what the others have that is newer is listed instead. */
async function listUpstream(
  manifest: DebianManifest,
  lock: DebianLock,
  lockedDateOf: (archive: string) => string | undefined,
  options: ScanOptions,
): Promise<Upstream> {
  const asked: Awaited<ReturnType<typeof askArchive>>[] = [];
  for (const archive of archivesOf(manifest.base.debian))
    asked.push(await askArchive(archive, lockedDateOf(archive.archive), options));
  const indexes = asked.flatMap(({ index }) => index ?? []);
  const bring = (items: readonly LockedPackage[]) => items.map((item) => newest(item, indexes));
  return {
    depth: 'listed',
    sources: asked.map(({ source }) => source),
    lock: { ...lock, base: bring(lock.base), packages: bring(lock.packages) },
  };
}

async function askUpstream(
  loaded: LoadedManifest<DebianManifest>,
  lock: DebianLock,
  options: ScanOptions,
): Promise<Upstream> {
  const dates = new Map<string, string>(lock.archives.map(({ archive, date }) => [archive, date]));
  const lockedDateOf = (archive: string) => dates.get(archive);
  try {
    const found = await resolveLock(loaded, options);
    if (isWindowsLock(found)) throw patchError('PATCH_BASE_UNSUPPORTED', { edition: lock.edition });
    const fetchedAt = options.now.toISOString();
    const sources = found.archives.map(({ archive, mirror, suite, date }) => ({
      ...{ archive, mirror, suite, date, fetchedAt },
      lockedDate: lockedDateOf(archive),
      state: 'fetched' as const,
    }));
    return { depth: 'solved', sources, lock: found };
  } catch (error) {
    if (!isArchiveFailure(error)) throw error;
    return listUpstream(loaded.manifest, lock, lockedDateOf, options);
  }
}

/** Brings the packages that are new; one that cannot be had leaves its changelog unknown. */
async function fetchNew(from: DebianLock, to: DebianLock, options: ScanOptions): Promise<void> {
  const known = new Set([...from.base, ...from.packages].map(({ sha256 }) => sha256));
  const base = [...to.base, ...to.packages].filter(({ sha256 }) => !known.has(sha256));
  const { store, reporter, signal } = options;
  const wanted: DebianLock = { ...to, base, packages: [], tools: [], inputs: [] };
  try {
    await fetchLocked(wanted, { store, reporter, signal });
  } catch (error) {
    if (!isImprintError(error) || !/^LOCK_(FETCH|PACKAGE_GONE|CONTENT)/.test(error.code)) throw error;
  }
}

function headOf({ severities: _severities, schema: _schema, ...head }: SeverityFeed) {
  return head;
}

/**
 * Compares a lock with what upstream offers now. An archive that cannot be fetched or trusted leaves its figures
 * unknown; the others are still looked at.
 *
 * @throws PATCH_BASE_UNSUPPORTED, PATCH_EDITION_MISMATCH, LOCK_UNRESOLVED, STORE_FULL
 */
export async function scanPatches(
  loaded: LoadedManifest,
  lock: EditionLock,
  options: ScanOptions,
): Promise<PatchScan> {
  const { manifest } = loaded;
  if (isWindowsManifest(manifest) || isWindowsLock(lock))
    throw patchError('PATCH_BASE_UNSUPPORTED', { edition: manifest.edition });
  if (manifest.edition !== lock.edition)
    throw patchError('PATCH_EDITION_MISMATCH', { expected: manifest.edition, got: lock.edition });
  const { depth, sources, lock: upstream } = await askUpstream({ ...loaded, manifest }, lock, options);
  if (options.fetch) await fetchNew(lock, upstream, options);
  const { from, was } = alignRenamed(lock, upstream);
  const diff = await diffPackages(from, upstream, { store: options.store, signal: options.signal });
  const updates = updatesOf(diff, upstream, was, options.feed);
  return {
    schema: 'imprint/patch-scan/v1',
    edition: lock.edition,
    version: lock.version,
    lockSha256: lockSha256(lock),
    scannedAt: options.now.toISOString(),
    sources,
    depth,
    updates,
    added: diff.packages.added,
    removed: diff.packages.removed,
    ...figuresOf(sources, updates),
    ...(options.feed === undefined ? {} : { feed: headOf(options.feed) }),
  };
}
