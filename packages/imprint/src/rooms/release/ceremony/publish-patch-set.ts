import { join } from 'node:path';
import { checkPack, patchSetNames } from '@imprint/edition';
import { packPath } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { releaseError } from '../errors.ts';
import { repositoryNames } from '../tuf/repository.ts';
import type { RepositoryWrite } from '../tuf/writes.ts';
import type { Candidate } from './candidate.ts';
import { readIntegrity } from './integrity-check.ts';
import { candidateSetPath, looseDigests, packsOf, readCandidateSet } from './patch-set.ts';
import { candidateNames } from './paths.ts';

async function looseOf({ directory, manifest }: Candidate): Promise<string[]> {
  const record = manifest.evidence.find(({ kind }) => kind === 'integrity');
  if (record === undefined) return [];
  return looseDigests(await readIntegrity(join(directory, candidateNames.evidence, record.name)));
}

/** What a release with a patch set publishes besides: its document, packs and patches, and the image's loose files. */
export async function patchSetWrites(candidate: Candidate): Promise<RepositoryWrite[]> {
  const encoded = await readCandidateSet(candidate);
  const record = candidate.manifest.patchSet;
  if (encoded === undefined || record === undefined) return [];
  const writes: RepositoryWrite[] = [];
  for (const { reference } of packsOf(encoded.set)) {
    const from = candidateSetPath(candidate, patchSetNames.packs, reference.sha256);
    // It is named by the digest of its head; a copy is compared as a whole.
    writes.push({ path: packPath(reference.sha256), from, sha256: (await hashFile(from)).sha256 });
  }
  for (const sha256 of await looseOf(candidate)) {
    const from = candidateSetPath(candidate, patchSetNames.files, sha256);
    writes.push({ path: repositoryNames.blob(sha256), from, sha256 });
  }
  return [...writes, { path: repositoryNames.blob(record.digests.sha256), bytes: encoded.bytes }];
}

/**
 * Reads a published patch set as a device would: the document by its digest, every pack and patch from head to last frame,
 * every loose file.
 *
 * @throws RELEASE_DERIVATION_MISMATCH · PATCH_PACK_DAMAGED
 */
export async function verifyPublishedSet(repository: string, candidate: Candidate): Promise<void> {
  const encoded = await readCandidateSet(candidate);
  const record = candidate.manifest.patchSet;
  if (encoded === undefined || record === undefined) return;
  const blobs = [record.digests.sha256, ...(await looseOf(candidate))];
  for (const expected of blobs) {
    const what = repositoryNames.blob(expected);
    const got = (await hashFile(join(repository, what))).sha256;
    if (got !== expected) throw releaseError('RELEASE_DERIVATION_MISMATCH', { what, expected, got });
  }
  for (const { kind, reference } of packsOf(encoded.set))
    await checkPack(join(repository, packPath(reference.sha256)), kind, reference);
}
