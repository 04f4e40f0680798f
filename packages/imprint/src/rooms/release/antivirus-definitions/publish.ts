import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { signatureExtensions } from '@imprint/edition';
import { type DefinitionsManifest, definitionsPath, isImprintError } from '@imprint/protocol';
import { encodeEnvelope, hashFile, type Signer, signDefinitions, verifyDefinitions } from '@imprint/trust';
import { wholeSeconds } from '../ceremony/metadata.ts';
import type { ReleasePaths } from '../ceremony/paths.ts';
import { type PinnedRoot, readRoot } from '../ceremony/root.ts';
import { releaseError } from '../errors.ts';
import { exclusively } from '../tuf/exclusive.ts';
import { repositoryNames } from '../tuf/repository.ts';
import { type Put, putDurably } from '../tuf/writes.ts';
import { clearMirror, mirrorPath, writeMirror } from './mirror.ts';
import { listDefinitions, publishedDefinitions } from './published.ts';
import { isBehind, nextSequence, versionOf } from './rules.ts';

export interface PublishDefinitionsOptions {
  readonly paths: ReleasePaths;
  readonly edition: string;
  readonly provider: string;
  readonly ring: string;
  /** Where its files come from: a directory, or the set that another ring serves. */
  readonly source: { readonly directory: string } | { readonly ring: string };
  readonly version?: string | undefined;
  /** The next one where it is not given. */
  readonly sequence?: number | undefined;
  readonly holder: string;
  readonly signers: readonly Signer[];
  readonly now: Date;
  readonly put?: Put;
}

interface PublishedDefinitions {
  readonly manifest: DefinitionsManifest;
  /** Below the published tree. */
  readonly path: string;
  /** What freshclam is pointed at, below the published tree; for ClamAV alone. */
  readonly mirror?: string;
}

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
type SetFile = DefinitionsManifest['files'][number];

async function filesIn(directory: string, isClamav: boolean): Promise<SetFile[]> {
  const bad = (got: string) => releaseError('RELEASE_DEFINITIONS_FILES', { directory, got });
  const all = (await readdir(directory).catch(() => [] as string[])).sort();
  const names = isClamav
    ? all.filter((name) => signatureExtensions.some((end) => name.endsWith(end)))
    : all.filter((name) => !name.startsWith('.'));
  if (names.length === 0 || names.length > 100) throw bad(`${names.length} files`);
  const files: SetFile[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const isUsable = plainName.test(name) && (await stat(file)).isFile();
    const { sha256, sizeBytes } = isUsable ? await hashFile(file) : { sha256: '', sizeBytes: 0 };
    if (sizeBytes === 0) throw bad(`"${name}"`);
    files.push({ name, sha256, sizeBytes });
  }
  return files;
}

async function manifestOf(
  options: PublishDefinitionsOptions,
  root: PinnedRoot,
): Promise<DefinitionsManifest> {
  const { paths, edition, provider, ring, source, now } = options;
  const whose = { schema: 'imprint/definitions/v1', edition, provider, ring } as const;
  if ('ring' in source) {
    const from = await publishedDefinitions(paths.repository, root.metadata, {
      edition,
      provider,
      ring: source.ring,
    });
    if (from === undefined) throw releaseError('RELEASE_DEFINITIONS_ABSENT', { provider, ring: source.ring });
    return { ...from, ring };
  }
  const standing = await listDefinitions(paths.repository, root.metadata, edition);
  const sequence = options.sequence ?? nextSequence(standing.filter((one) => one.provider === provider));
  const builtAt = wholeSeconds(now);
  const files = await filesIn(source.directory, provider === 'clamav');
  return { ...whose, version: options.version ?? versionOf(builtAt, sequence), sequence, builtAt, files };
}

/** What a device will refuse is refused here, before anything is written. */
function signed(options: PublishDefinitionsOptions, root: PinnedRoot, manifest: DefinitionsManifest) {
  const { edition, provider, ring, holder, signers } = options;
  const envelope = signDefinitions(manifest, signers);
  try {
    verifyDefinitions(envelope, root.metadata, { edition, provider, ring });
  } catch (error) {
    const isUnpinned =
      isImprintError(error, 'TRUST_DEFINITIONS_UNPINNED') ||
      isImprintError(error, 'TRUST_DEFINITIONS_SIGNATURE');
    if (isUnpinned) throw releaseError('RELEASE_DEFINITIONS_UNPINNED', { holder }, { cause: error });
    throw error;
  }
  return envelope;
}

/**
 * Signs and publishes a definitions set for one ring: its files by digest, for ClamAV the tree that freshclam reads, and last
 * the signed pointer. Killed anywhere, devices see the set before or this one. A ring never goes back.
 * @throws RELEASE_DEFINITIONS_UNPINNED, RELEASE_DEFINITIONS_OLDER, RELEASE_DEFINITIONS_ABSENT, RELEASE_DEFINITIONS_FILES,
 * RELEASE_ROOT_MISSING, RELEASE_BUSY, TRUST_DEFINITIONS_*
 */
export async function publishDefinitions(options: PublishDefinitionsOptions): Promise<PublishedDefinitions> {
  const { paths, edition, provider, ring, source, put = putDurably } = options;
  return exclusively(paths.publishLock, async () => {
    const root = await readRoot(paths.root);
    const manifest = await manifestOf(options, root);
    const envelope = signed(options, root, manifest);
    const current = await publishedDefinitions(paths.repository, root.metadata, { edition, provider, ring });
    if (isBehind(manifest, current)) {
      const params = { ring, provider, known: current?.sequence ?? 0, got: manifest.sequence };
      throw releaseError('RELEASE_DEFINITIONS_OLDER', params);
    }
    if ('directory' in source) {
      for (const { name, sha256 } of manifest.files) {
        const from = join(source.directory, name);
        await put(paths.repository, { path: repositoryNames.blob(sha256), from, sha256 });
      }
    }
    const path = definitionsPath(edition, provider, ring);
    const isClamav = provider === 'clamav';
    if (isClamav) await writeMirror(paths.repository, manifest, put);
    await put(paths.repository, { path, bytes: encodeEnvelope(envelope) });
    if (!isClamav) return { manifest, path };
    await clearMirror(paths.repository, manifest);
    return { manifest, path, mirror: mirrorPath(edition, ring) };
  });
}
