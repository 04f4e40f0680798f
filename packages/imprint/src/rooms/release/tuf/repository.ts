import { join } from 'node:path';
import {
  type Metadata,
  parseMetadata,
  type RootSigned,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
} from '@imprint/trust';
import { exists, readBounded } from '../ceremony/files.ts';

/** The metadata a published repository stands at, as its timestamp reaches it. */
export interface RepositoryState {
  readonly root: Metadata<RootSigned>;
  readonly timestamp: Metadata<TimestampSigned>;
  readonly snapshot: Metadata<SnapshotSigned>;
  readonly targets: Metadata<TargetsSigned>;
  readonly release: Metadata<TargetsSigned>;
  /** What the role of emergencies lists; undefined before the first. */
  readonly emergency: Metadata<TargetsSigned> | undefined;
}

/** Paths inside a repository; every one but `timestamp.json` and `root.json` names unchanging bytes. */
export const repositoryNames = {
  timestamp: 'metadata/timestamp.json',
  latestRoot: 'metadata/root.json',
  metadata: (role: string, version: number) => `metadata/${version}.${role}.json`,
  /** TUF target path of a channel's release. */
  target: (edition: string, channel: string) => `${edition}/${channel}/release.json`,
  /** File of a target under consistent snapshots. Source: TUF 1.0.34 §5.7.3. */
  targetFile: (edition: string, channel: string, sha256: string) =>
    `targets/${edition}/${channel}/${sha256}.release.json`,
  /** TUF target path of a release approved in an emergency. */
  emergencyTarget: (edition: string, channel: string) => `${edition}/${channel}/emergency.json`,
  emergencyTargetFile: (edition: string, channel: string, sha256: string) =>
    `targets/${edition}/${channel}/${sha256}.emergency.json`,
  approvals: (sha256: string) => `approvals/${sha256}.dsse.json`,
  withdrawal: (sha256: string) => `withdrawals/${sha256}.dsse.json`,
  blob: (sha256: string) => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`,
};

/**
 * Reads where a repository stands; undefined before its first publication. Nothing is verified here: it is our own
 * directory, and what is written to it is verified as a device would.
 * @throws TRUST_TUF_MALFORMED · RELEASE_FILE_MISSING when a file that is referred to is gone
 */
export async function readRepository(directory: string): Promise<RepositoryState | undefined> {
  if (!(await exists(join(directory, repositoryNames.timestamp)))) return undefined;
  const read = (path: string) => readBounded(join(directory, path), path, 8 * 1024 * 1024);
  const versionOf = (meta: Readonly<Record<string, { version: number }>>, name: string) =>
    meta[name]?.version ?? 0;
  const timestamp = parseMetadata(await read(repositoryNames.timestamp), 'timestamp');
  const snapshotVersion = versionOf(timestamp.signed.meta, 'snapshot.json');
  const snapshot = parseMetadata(
    await read(repositoryNames.metadata('snapshot', snapshotVersion)),
    'snapshot',
  );
  const targetsOf = async (role: string) => {
    const version = versionOf(snapshot.signed.meta, `${role}.json`);
    return parseMetadata(await read(repositoryNames.metadata(role, version)), 'targets', `${role}.json`);
  };
  return {
    root: parseMetadata(await read(repositoryNames.latestRoot), 'root'),
    timestamp,
    snapshot,
    targets: await targetsOf('targets'),
    release: await targetsOf('release'),
    emergency:
      versionOf(snapshot.signed.meta, 'emergency.json') === 0 ? undefined : await targetsOf('emergency'),
  };
}
