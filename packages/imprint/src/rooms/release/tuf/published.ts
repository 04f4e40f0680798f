import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { parseRelease } from '../ceremony/candidate.ts';
import { malformed, readBounded, readOptional } from '../ceremony/files.ts';
import { readRepository, repositoryNames } from './repository.ts';

/** A release as the repository's metadata points at it, read from disk. */
export interface CurrentRelease {
  readonly edition: string;
  readonly channel: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly manifest: ReleaseManifest;
  readonly approvals: Uint8Array;
  /** Present once the release is withdrawn. */
  readonly withdrawal: Uint8Array | undefined;
}

/**
 * The release a channel stands at, or undefined; one approved in an emergency is newer than the ordinary release, or is none.
 * Whether it holds still is not asked here.
 * @throws RELEASE_FILE_MALFORMED when the bytes are not those listed
 */
export async function readCurrentRelease(
  directory: string,
  edition: string,
  channel: string,
): Promise<CurrentRelease | undefined> {
  const state = await readRepository(directory);
  const listed = [
    state?.release.signed.targets[repositoryNames.target(edition, channel)],
    state?.emergency?.signed.targets[repositoryNames.emergencyTarget(edition, channel)],
  ].flatMap((target) => target?.hashes.sha256 ?? []);
  const found: CurrentRelease[] = [];
  for (const sha256 of new Set(listed)) found.push(await readRelease(directory, edition, channel, sha256));
  return found.toSorted((a, b) => b.manifest.sequence - a.manifest.sequence)[0];
}

async function readRelease(
  directory: string,
  edition: string,
  channel: string,
  sha256: string,
): Promise<CurrentRelease> {
  const file = join(directory, repositoryNames.targetFile(edition, channel, sha256));
  const bytes = await readBounded(file, 'release.json', 16 * 1024 * 1024);
  if (sha256Hex(bytes) !== sha256) throw malformed(`the bytes of ${sha256}`, file);
  return {
    edition,
    channel,
    sha256,
    bytes,
    manifest: parseRelease(bytes, file),
    approvals: await readBounded(join(directory, repositoryNames.approvals(sha256)), 'approvals', 2_000_000),
    withdrawal: await readOptional(join(directory, repositoryNames.withdrawal(sha256)), 2_000_000),
  };
}

/** Every release the repository stands at, by edition and channel. */
export async function listCurrentReleases(directory: string): Promise<CurrentRelease[]> {
  const state = await readRepository(directory);
  const found: CurrentRelease[] = [];
  const paths = [state?.release, state?.emergency].flatMap((role) => Object.keys(role?.signed.targets ?? {}));
  const channels = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
  for (const path of [...channels].sort()) {
    const [edition, channel] = path.split('/');
    if (edition === undefined || channel === undefined) continue;
    const current = await readCurrentRelease(directory, edition, channel);
    if (current !== undefined) found.push(current);
  }
  return found;
}
