import { copyFile, link, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ContentStore, publishFile, syncDirectory, writeFileDurably } from '../store/index.ts';
import { encodeDebsecanFeed, readFixedCves } from './debsecan-feed.ts';
import { aptError } from './errors.ts';
import { byHashName, byHashPath, indexFiles, poolPath, releaseText, sha256Of } from './index-files.ts';
import type { IndexFile, SuiteNames, SuitePackage } from './model.ts';
import { type PublishedSuite, readPublishedSuite } from './published-suite.ts';
import { suiteRefusal } from './rules.ts';
import { clearSign, readAptKey } from './signing-key.ts';
import { readSuitePackages } from './suite-packages.ts';
import { verifySet } from './verify-set.ts';

export interface PublishSuiteOptions extends SuiteNames {
  readonly store: ContentStore;
  /** GNUPGHOME of the service key. */
  readonly keyDirectory: string;
  /** The repository of the edition, as clients see it: `dists` and `pool` are below it. */
  readonly tree: string;
  /** Package files of the set, in the content store. */
  readonly digests: readonly string[];
  readonly now: Date;
  /** How long clients take the index; against a mirror that stands still. 14 if not given. */
  readonly validDays?: number;
  /** How long an index that was replaced stays for clients in the middle of an update. 14 if not given. */
  readonly keepDays?: number;
  /** Serves packages older than those that stand; apt on a device does not go back by itself. */
  readonly allowOlder?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface SuitePublication {
  readonly ring: string;
  readonly date: string;
  readonly validUntil: string;
  readonly packages: number;
  readonly sizeBytes: number;
  readonly inReleaseSha256: string;
  readonly fingerprint: string;
  /** CVEs the set's changelogs name as fixed, and sources that tell nothing. */
  readonly fixedCves: number;
  readonly unknownSources: readonly string[];
}

const dayMs = 86_400_000;

async function placePackage(store: ContentStore, tree: string, item: SuitePackage): Promise<void> {
  const target = join(tree, poolPath(item));
  const found = await stat(target).catch(() => undefined);
  if (found?.size === item.sizeBytes) return;
  await mkdir(dirname(target), { recursive: true });
  const blob = store.path(item.sha256);
  await rm(target, { force: true });
  await link(blob, target).catch(async () => {
    await copyFile(blob, `${target}.tmp`);
    await publishFile(`${target}.tmp`, target);
  });
  await syncDirectory(dirname(target));
}

/** Lays the signed suite out where only this process looks, and lets apt judge it. */
async function stageSuite(
  options: PublishSuiteOptions,
  packages: readonly SuitePackage[],
  indexes: readonly IndexFile[],
  inRelease: Uint8Array,
): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), 'imprint-suite-'));
  try {
    const dists = join(stage, 'dists', options.ring);
    for (const index of indexes) {
      await mkdir(dirname(join(dists, byHashPath(index))), { recursive: true });
      await writeFile(join(dists, index.path), index.bytes);
      await writeFile(join(dists, byHashPath(index)), index.bytes);
    }
    await writeFile(join(dists, 'InRelease'), inRelease);
    const { keyring } = await readAptKey(options.keyDirectory);
    await verifySet(stage, options.ring, keyring, packages, options.signal);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Drops replaced indexes whose time is over; the time begins when they are replaced. */
async function dropOldIndexes(
  dists: string,
  before: PublishedSuite | undefined,
  indexes: readonly IndexFile[],
  options: PublishSuiteOptions,
): Promise<void> {
  const replaced = [...(before?.head.sha256 ?? [])].map(([path, sha256]) => byHashName(path, sha256));
  for (const path of replaced) await utimes(join(dists, path), options.now, options.now).catch(() => {});
  const kept = new Set(indexes.map((index) => join(dists, byHashPath(index))));
  const limit = options.now.getTime() - (options.keepDays ?? 14) * dayMs;
  const directory = join(dists, dirname(byHashPath(indexes[0] as IndexFile)));
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    const found = await stat(file).catch(() => undefined);
    if (!kept.has(file) && found !== undefined && found.mtimeMs < limit) await rm(file, { force: true });
  }
}

/**
 * Serves a set of packages as a ring's apt suite: signed, closed, and never older than what stands. A client at any
 * moment sees the old suite or the new one: pool, indexes by digest, indexes by name, and `InRelease` last.
 *
 * @throws APT_NAME_INVALID, APT_KEY_MISSING, APT_PACKAGE_MALFORMED, APT_DATE_NOT_NEWER, APT_SET_GOES_BACK,
 *   APT_SET_NOT_CLOSED, STORE_FULL
 */
export async function publishSuite(options: PublishSuiteOptions): Promise<SuitePublication> {
  const { store, tree, ring, signal } = options;
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(ring)) throw aptError('APT_NAME_INVALID', { got: ring });
  const { fingerprint } = await readAptKey(options.keyDirectory);
  const packages = await readSuitePackages(store, options.digests, signal);
  const date = new Date(Math.floor(options.now.getTime() / 1000) * 1000);
  const validUntil = new Date(date.getTime() + (options.validDays ?? 14) * dayMs);
  const before = await readPublishedSuite(tree, ring);
  const allowOlder = options.allowOlder === true;
  const refusal = suiteRefusal(before, { ring, packages, date, allowOlder });
  if (refusal !== undefined) throw refusal;
  const indexes = indexFiles(packages);
  const inRelease = await clearSign(
    options.keyDirectory,
    releaseText(options, indexes, { date, validUntil }),
  );
  await stageSuite(options, packages, indexes, inRelease);
  const cves = await readFixedCves(store, packages, signal);
  const dists = join(tree, 'dists', ring);
  for (const item of packages) await placePackage(store, tree, item);
  for (const index of indexes) await writeFileDurably(join(dists, byHashPath(index)), index.bytes);
  await writeFileDurably(join(tree, 'debsecan', ring), encodeDebsecanFeed(cves));
  for (const { path, bytes } of indexes) await writeFileDurably(join(dists, path), bytes);
  await writeFileDurably(join(dists, 'InRelease'), inRelease);
  await dropOldIndexes(dists, before, indexes, options);
  return {
    ring,
    date: date.toISOString(),
    validUntil: validUntil.toISOString(),
    packages: packages.length,
    sizeBytes: packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    inReleaseSha256: sha256Of(inRelease),
    fingerprint,
    fixedCves: cves.fixed.length,
    unknownSources: cves.unknown,
  };
}
