import { join } from 'node:path';
import { readLock } from '@imprint/edition';
import { type DebianLock, isWindowsLock, type ReleaseManifest } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import {
  type ReleasePaths,
  readCurrentRelease,
  readRoot,
  releasePaths,
  verifyAsDevice,
} from '../../rooms/release/index.ts';
import type { Context } from '../context.ts';
import { deployCommandError } from './errors.ts';

/** A published release, verified as a device would, whose artifacts are whole. */
export interface DeployableRelease {
  readonly paths: ReleasePaths;
  readonly manifest: ReleaseManifest;
  readonly sha256: string;
  readonly lock: DebianLock;
  /** The root tree, `.tar.zst`. */
  readonly rootfs: string;
  /** Path of the disk image below the published tree. */
  readonly diskPath: string;
}

const blobPath = (sha256: string) => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

async function requireArtifact(repository: string, manifest: ReleaseManifest, kind: 'rootfs' | 'disk') {
  const artifact = manifest.artifacts.find((one) => one.kind === kind);
  if (artifact === undefined) throw deployCommandError('CLI_DEPLOY_OUTPUT', { kind });
  const path = blobPath(artifact.digests.sha256);
  const { sha256 } = await hashFile(join(repository, path));
  if (sha256 !== artifact.digests.sha256) {
    const params = { name: artifact.name, expected: artifact.digests.sha256, got: sha256 };
    throw deployCommandError('CLI_DEPLOY_BYTES', params);
  }
  return path;
}

/**
 * Finds the release a channel stands at and verifies it, approvals and bytes.
 * @throws CLI_DEPLOY_*, TRUST_*, RELEASE_*
 */
export async function findDeployable(
  context: Context,
  edition: string,
  channel: string,
): Promise<DeployableRelease> {
  const paths = releasePaths(context.home);
  const current = await readCurrentRelease(paths.repository, edition, channel);
  if (current === undefined) throw deployCommandError('CLI_DEPLOY_UNPUBLISHED', { edition, channel });
  const root = await readRoot(paths.root);
  const directory = paths.repository;
  await verifyAsDevice({ directory, trustedRoot: root.bytes, edition, channel, now: context.now() });
  const { manifest, sha256 } = current;
  const lockFile = join(directory, blobPath(manifest.lockSha256));
  const lock = await readLock(lockFile);
  if (isWindowsLock(lock)) throw deployCommandError('CLI_DEPLOY_OUTPUT', { kind: 'disk' });
  const diskPath = await requireArtifact(directory, manifest, 'disk');
  const rootfs = join(directory, await requireArtifact(directory, manifest, 'rootfs'));
  return { paths, manifest, sha256, lock, rootfs, diskPath };
}
