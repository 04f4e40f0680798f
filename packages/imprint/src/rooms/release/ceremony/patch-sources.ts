import { join } from 'node:path';
import type { PatchSource } from '@imprint/edition';
import {
  EditionLock,
  isWindowsLock,
  PatchSet,
  patchSetLimits,
  type ReleaseManifest,
} from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { readCurrentRelease } from '../tuf/published.ts';
import { repositoryNames } from '../tuf/repository.ts';
import { malformed, parseDocument, readOptional } from './files.ts';

async function readBlob(repository: string, sha256: string, limit?: number): Promise<Buffer | undefined> {
  const file = join(repository, repositoryNames.blob(sha256));
  const bytes = await readOptional(file, limit);
  if (bytes !== undefined && sha256Hex(bytes) !== sha256) throw malformed(`the bytes of ${sha256}`, file);
  return bytes;
}

async function readSource(
  repository: string,
  lockSha256: string,
  patchSet?: PatchSet,
): Promise<PatchSource | undefined> {
  const bytes = await readBlob(repository, lockSha256);
  if (bytes === undefined) return undefined;
  const lock = parseDocument(EditionLock, bytes, join(repository, repositoryNames.blob(lockSha256)));
  return isWindowsLock(lock) ? undefined : { lock, lockSha256, patchSet };
}

async function readSet(repository: string, manifest: ReleaseManifest): Promise<PatchSet | undefined> {
  if (manifest.patchSet === undefined) return undefined;
  const { sha256 } = manifest.patchSet.digests;
  const bytes = await readBlob(repository, sha256, patchSetLimits.documentBytes);
  return bytes === undefined ? undefined : parseDocument(PatchSet, bytes, repositoryNames.blob(sha256));
}

/**
 * What a patch set for a channel's next release starts from, newest first: the release that the channel stands at, then those
 * that its own patch set started from, as far as their locks are published. None before the first release, and none where
 * the lock of the present one is not at hand or is of a Windows edition.
 *
 * @throws RELEASE_FILE_MALFORMED · RELEASE_DOCUMENT_INVALID
 */
export async function patchSources(
  repository: string,
  edition: string,
  channel: string,
): Promise<PatchSource[]> {
  const current = await readCurrentRelease(repository, edition, channel);
  if (current === undefined) return [];
  const set = await readSet(repository, current.manifest);
  const newest = await readSource(repository, current.manifest.lockSha256, set);
  if (newest === undefined) return [];
  const sources = [newest];
  for (const { lockSha256 } of set?.from ?? []) {
    const older = await readSource(repository, lockSha256);
    if (older !== undefined && sources.length < patchSetLimits.releases) sources.push(older);
  }
  return sources;
}
