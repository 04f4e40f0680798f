import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ContentStore,
  lockedDebs,
  publishSuite,
  type SuitePublication,
  type SweptPool,
  sweepPool,
} from '@imprint/edition';
import { EditionLock, isWindowsLock, type ReleaseManifest } from '@imprint/protocol';
import { parseEnvelope, sha256Hex, verifyRelease } from '@imprint/trust';
import { parseRelease } from '../ceremony/candidate.ts';
import { parseDocument, readBounded, readOptional } from '../ceremony/files.ts';
import type { ReleasePaths } from '../ceremony/paths.ts';
import { readRoot } from '../ceremony/root.ts';
import { releaseError } from '../errors.ts';
import { exclusively } from '../tuf/exclusive.ts';
import { repositoryNames } from '../tuf/repository.ts';
import { keepServed, type ServedRecord } from './served.ts';

export interface ServeRingOptions {
  readonly paths: ReleasePaths;
  readonly store: ContentStore;
  /** GNUPGHOME of the service key. */
  readonly keyDirectory: string;
  /** The lock whose packages are served. */
  readonly lockFile: string;
  readonly channel: string;
  readonly ring: string;
  readonly now: Date;
  readonly validDays?: number;
  /** How long what was replaced stays for clients in the middle of an update. */
  readonly keepDays?: number;
  readonly allowOlder?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ServedRing extends SuitePublication {
  readonly edition: string;
  readonly version: string;
  readonly releaseSha256: string;
  /** Parties whose approvals the release carries. */
  readonly signedBy: readonly string[];
  /** Packages that no ring names any more, taken out of the pool. */
  readonly swept: SweptPool;
}

/** Where the apt repository of an edition stands in the published tree. */
export function aptTree(paths: ReleasePaths, edition: string): string {
  return join(paths.repository, 'apt', edition);
}

interface Found {
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly manifest: ReleaseManifest;
}

/** The published release that was made of a lock: the present one, or one that an earlier ring still runs. */
async function releaseOfLock(
  { paths, channel }: ServeRingOptions,
  edition: string,
  lockSha256: string,
): Promise<Found | undefined> {
  const any = repositoryNames.targetFile(edition, channel, '0'.repeat(64));
  const directory = join(paths.repository, dirname(any));
  for (const name of (await readdir(directory).catch(() => [] as string[])).sort()) {
    const file = join(directory, name);
    const bytes = await readBounded(file, 'a release');
    const manifest = parseRelease(bytes, file);
    if (manifest.lockSha256 === lockSha256) return { sha256: sha256Hex(bytes), bytes, manifest };
  }
  return undefined;
}

/**
 * Serves the packages of a published release to a ring. The release is verified as a device would: approvals of every
 * party of the pinned root, not withdrawn, not expired; apt itself could not ask for that.
 *
 * @throws RELEASE_RING_UNPUBLISHED, RELEASE_RING_NOT_DEBIAN, RELEASE_BUSY, APT_INDEX_UNREADABLE, every TRUST_… refusal a device has, and what
 *   `publishSuite` throws
 */
export async function serveRing(options: ServeRingOptions): Promise<ServedRing> {
  const { paths, channel, ring, now } = options;
  const lockBytes = await readBounded(options.lockFile, 'the lock');
  const lock = parseDocument(EditionLock, lockBytes, options.lockFile);
  const { edition } = lock;
  if (isWindowsLock(lock)) throw releaseError('RELEASE_RING_NOT_DEBIAN', { edition });
  const lockSha256 = sha256Hex(lockBytes);
  const release = await releaseOfLock(options, edition, lockSha256);
  if (release === undefined)
    throw releaseError('RELEASE_RING_UNPUBLISHED', { ring, edition, channel, lock: lockSha256 });
  const root = await readRoot(paths.root);
  const at = (name: string) => join(paths.repository, name);
  const withdrawal = await readOptional(at(repositoryNames.withdrawal(release.sha256)));
  const { signedBy, manifest } = verifyRelease({
    root: root.metadata,
    releaseBytes: release.bytes,
    envelope: parseEnvelope(await readBounded(at(repositoryNames.approvals(release.sha256)), 'approvals')),
    withdrawal: withdrawal === undefined ? undefined : parseEnvelope(withdrawal),
    now,
  });
  const publication = {
    edition,
    ring,
    version: manifest.version,
    store: options.store,
    keyDirectory: options.keyDirectory,
    tree: aptTree(paths, edition),
    digests: [...new Set(lockedDebs(lock).map(({ sha256 }) => sha256))],
    now,
    ...(options.validDays === undefined ? {} : { validDays: options.validDays }),
    ...(options.keepDays === undefined ? {} : { keepDays: options.keepDays }),
    allowOlder: options.allowOlder === true,
    signal: options.signal,
  };
  // One at a time: whoever sweeps the pool must see every index that names a package.
  return exclusively(join(paths.rings, 'serve.lock'), async () => {
    const published = await publishSuite(publication);
    await keepServed(paths, servedRecord(options, manifest, published));
    const swept = await sweepPool(publication.tree);
    return {
      ...published,
      edition,
      version: manifest.version,
      releaseSha256: release.sha256,
      signedBy,
      swept,
    };
  });
}

function servedRecord(
  { channel, ring, validDays }: ServeRingOptions,
  { edition, version, lockSha256 }: ReleaseManifest,
  { date, validUntil }: SuitePublication,
): ServedRecord {
  return {
    schema: 'imprint/served-ring/v1',
    edition,
    ring,
    channel,
    version,
    lockSha256,
    servedAt: date,
    validUntil,
    ...(validDays === undefined ? {} : { validDays }),
  };
}
