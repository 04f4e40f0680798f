import { join } from 'node:path';
import { type ContentStore, diffEditions, type EditionDiff } from '@imprint/edition';
import { type AnyIntegrityManifest, EditionLock, type ReleaseManifest } from '@imprint/protocol';
import {
  encodeMetadata,
  hashFile,
  type Metadata,
  parseMetadata,
  sha256Hex,
  type TargetsSigned,
} from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import type { Check } from '../model.ts';
import type { CurrentRelease } from '../tuf/published.ts';
import { readRepository, repositoryNames } from '../tuf/repository.ts';
import { type Candidate, parseRelease } from './candidate.ts';
import { compared } from './checks.ts';
import { exists, parseDocument, placeFile, readOptional } from './files.ts';
import { readIntegrity } from './integrity-check.ts';
import { candidateNames } from './paths.ts';
import type { PinnedRoot } from './root.ts';
import { missingOnMetadata } from './signatures.ts';

/** What was published before a candidate, carried inside it and believed only as far as the parties signed it. */
export interface Previous {
  readonly targets: Metadata<TargetsSigned> | undefined;
  readonly metadata: Metadata<TargetsSigned> | undefined;
  /** What the role of emergencies listed. */
  readonly emergency: Metadata<TargetsSigned> | undefined;
  readonly release: { readonly manifest: ReleaseManifest; readonly sha256: string } | undefined;
  readonly lock: EditionLock | undefined;
  readonly integrity: AnyIntegrityManifest | undefined;
  readonly checks: readonly Check[];
}

const names = {
  release: 'release.json',
  lock: 'edition.lock.json',
  metadata: 'release-metadata.json',
  emergency: 'emergency-metadata.json',
  targets: 'targets.json',
  integrity: 'integrity.json.gz',
};

/** Copies what is published now into a candidate directory. */
export async function writePrevious(
  directory: string,
  repository: string,
  targets: Metadata<TargetsSigned>,
  current: CurrentRelease | undefined,
): Promise<void> {
  const at = (name: string) => join(directory, candidateNames.previous, name);
  const state = await readRepository(repository);
  await writeDurably(at(names.targets), encodeMetadata(targets));
  if (state !== undefined) await writeDurably(at(names.metadata), encodeMetadata(state.release));
  if (state?.emergency !== undefined)
    await writeDurably(at(names.emergency), encodeMetadata(state.emergency));
  if (current === undefined) return;
  await writeDurably(at(names.release), current.bytes);
  const lock = await readOptional(join(repository, repositoryNames.blob(current.manifest.lockSha256)));
  if (lock !== undefined) await writeDurably(at(names.lock), lock);
  const digest = integrityDigest(current.manifest);
  const blob = digest === undefined ? undefined : join(repository, repositoryNames.blob(digest));
  if (blob !== undefined && (await exists(blob))) await placeFile(blob, at(names.integrity));
}

/** Reads what a candidate says came before it and checks it against the pinned root. */
export async function readPrevious(candidate: Candidate, root: PinnedRoot): Promise<Previous> {
  const at = (name: string) => join(candidate.directory, candidateNames.previous, name);
  const [releaseBytes, lockBytes] = [
    await readOptional(at(names.release)),
    await readOptional(at(names.lock)),
  ];
  const kept = async (name: string) => {
    const bytes = await readOptional(at(name));
    return bytes === undefined ? undefined : parseMetadata(bytes, 'targets', name);
  };
  const [targets, metadata, emergency] = [
    await kept(names.targets),
    await kept(names.metadata),
    await kept(names.emergency),
  ];
  const release =
    releaseBytes === undefined
      ? undefined
      : { manifest: parseRelease(releaseBytes, at(names.release)), sha256: sha256Hex(releaseBytes) };
  const lock = lockBytes === undefined ? undefined : parseDocument(EditionLock, lockBytes, at(names.lock));
  const { edition, channel } = candidate.manifest;
  const urgent = emergency?.signed.targets[repositoryNames.emergencyTarget(edition, channel)]?.hashes.sha256;
  const listed =
    urgent !== undefined && urgent === release?.sha256
      ? urgent
      : metadata?.signed.targets[repositoryNames.target(edition, channel)]?.hashes.sha256;
  const checks = [
    ...(targets === undefined ? [] : [signedCheck('previous targets', 'targets', targets, root)]),
    ...(metadata === undefined ? [] : [signedCheck('previous metadata', 'release', metadata, root)]),
    ...(emergency === undefined
      ? []
      : [signedCheck('previous emergency metadata', 'emergency', emergency, root)]),
    compared('previous release', listed ?? 'none', release?.sha256 ?? 'none'),
    compared('previous in release', release?.sha256 ?? 'none', candidate.manifest.previous?.sha256 ?? 'none'),
    ...(lockBytes === undefined
      ? []
      : [compared('previous lock', release?.manifest.lockSha256 ?? 'none', sha256Hex(lockBytes))]),
  ];
  const integrity = await previousIntegrity(at(names.integrity), release?.manifest);
  return { targets, metadata, emergency, release, lock, integrity, checks };
}

function signedCheck(
  id: string,
  role: 'targets' | 'release' | 'emergency',
  metadata: Metadata<TargetsSigned>,
  root: PinnedRoot,
): Check {
  const missing = missingOnMetadata(metadata, role, root.metadata).map(
    ({ party, suite }) => `${party} (${suite})`,
  );
  const wanted = role === 'emergency' ? 'signed as an emergency' : 'signed by every party';
  return compared(id, wanted, missing.length === 0 ? wanted : `no signature of ${missing.join(', ')}`);
}

function integrityDigest(manifest: ReleaseManifest): string | undefined {
  return manifest.evidence.find((record) => record.kind === 'integrity')?.digests.sha256;
}

/** The integrity manifest of the release before, if it is here and is the one that release names. */
async function previousIntegrity(
  file: string,
  manifest: ReleaseManifest | undefined,
): Promise<AnyIntegrityManifest | undefined> {
  if (manifest === undefined || !(await exists(file))) return undefined;
  const { sha256 } = await hashFile(file);
  return sha256 === integrityDigest(manifest) ? readIntegrity(file) : undefined;
}

/** The difference to the release before, when its lock is here; CVEs where the store holds the changed packages. */
export async function differenceTo(
  previous: Previous,
  candidate: Candidate,
  integrity: AnyIntegrityManifest | undefined,
  store: ContentStore | undefined,
): Promise<EditionDiff | undefined> {
  if (previous.release === undefined || previous.lock === undefined) return undefined;
  const from = {
    lock: previous.lock,
    lockSha256: previous.release.manifest.lockSha256,
    integrity: previous.integrity,
  };
  const to = { lock: candidate.lock, lockSha256: candidate.manifest.lockSha256, integrity };
  return diffEditions(from, to, { store });
}
