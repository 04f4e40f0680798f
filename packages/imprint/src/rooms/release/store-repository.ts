import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError, type ReleaseManifest } from '@imprint/protocol';
import { type Metadata, parseEnvelope, type RootSigned, sha256Hex, verifyRelease } from '@imprint/trust';
import { parseRelease } from './ceremony/candidate.ts';
import { malformed, readBounded, readOptional } from './ceremony/files.ts';
import { type RepositoryState, readRepository, repositoryNames } from './tuf/repository.ts';

/** A release file of the published repository, judged by its own signatures. */
export interface RepositoryRelease {
  readonly sha256: string;
  readonly manifest: ReleaseManifest;
  readonly state: 'current' | 'superseded' | 'withdrawn' | 'refused';
  /** The code a device would refuse it with. */
  readonly refusal?: string;
  readonly signedBy: readonly string[];
  /** Until when it holds by its emergency approval alone. */
  readonly emergencyUntil?: string;
}

/** A text that changes whenever the repository does; empty when nothing is published. */
export async function repositoryFingerprint(directory: string): Promise<string> {
  const parts = await Promise.all(
    ['metadata/timestamp.json', 'withdrawals', 'approvals'].map((path) =>
      stat(join(directory, path), { bigint: true }).then(
        ({ ino, size, mtimeNs }) => `${path}:${ino}:${size}:${mtimeNs}`,
        () => '',
      ),
    ),
  );
  return parts.join('|').replace(/^\|+$/, '');
}

/**
 * Reads every release of the repository, emergencies as they stand now; files that are not what their names say are told to
 * `onDamaged` and left out.
 */
export async function readReleases(
  directory: string,
  now: Date,
  onDamaged: (error: unknown) => void,
): Promise<RepositoryRelease[]> {
  const state = await readRepository(directory);
  if (state === undefined) return [];
  const found: RepositoryRelease[] = [];
  for (const file of await releaseFiles(directory)) {
    try {
      found.push(await judge(directory, file, state, now));
    } catch (error) {
      onDamaged(error);
    }
  }
  return found.map((release) => (isPassed(release, found) ? { ...release, state: 'superseded' } : release));
}

/** An emergency that stands passes the ordinary release of its channel, which is current again when it ends. */
function isPassed({ state, manifest }: RepositoryRelease, all: readonly RepositoryRelease[]): boolean {
  return (
    state === 'current' &&
    all.some(
      (other) =>
        other.state === 'current' &&
        other.manifest.edition === manifest.edition &&
        other.manifest.channel === manifest.channel &&
        other.manifest.sequence > manifest.sequence,
    )
  );
}

interface ReleaseFile {
  readonly edition: string;
  readonly channel: string;
  readonly sha256: string;
}

async function releaseFiles(directory: string): Promise<ReleaseFile[]> {
  const names = (path: string) => readdir(join(directory, path)).catch(() => [] as string[]);
  const found: ReleaseFile[] = [];
  for (const edition of await names('targets')) {
    for (const channel of await names(`targets/${edition}`)) {
      for (const name of await names(`targets/${edition}/${channel}`)) {
        const sha256 = /^([0-9a-f]{64})\.release\.json$/.exec(name)?.[1];
        if (sha256 !== undefined) found.push({ edition, channel, sha256 });
      }
    }
  }
  return found;
}

async function judge(
  directory: string,
  { edition, channel, sha256 }: ReleaseFile,
  state: RepositoryState,
  now: Date,
): Promise<RepositoryRelease> {
  const file = join(directory, repositoryNames.targetFile(edition, channel, sha256));
  const bytes = await readBounded(file, 'release.json', 16 * 1024 * 1024);
  const manifest = parseRelease(bytes, file);
  const isItself = manifest.edition === edition && manifest.channel === channel;
  if (sha256Hex(bytes) !== sha256 || !isItself) throw malformed(`the release ${sha256}`, file);
  const verdict = await verify(directory, sha256, bytes, manifest, state.root, now);
  const listed = [
    state.release.signed.targets[repositoryNames.target(edition, channel)],
    state.emergency?.signed.targets[repositoryNames.emergencyTarget(edition, channel)],
  ].map((target) => target?.hashes.sha256);
  if ('refusal' in verdict) {
    const withdrawn = verdict.refusal === 'TRUST_RELEASE_WITHDRAWN';
    const judged = { sha256, manifest, signedBy: [] };
    return withdrawn
      ? { ...judged, state: 'withdrawn' }
      : { ...judged, state: 'refused', refusal: verdict.refusal };
  }
  return { sha256, manifest, ...verdict, state: listed.includes(sha256) ? 'current' : 'superseded' };
}

/**
 * Verifies as of the proposal, an emergency as of now: whether a release has expired since is asked whenever it is shown.
 */
async function verify(
  directory: string,
  sha256: string,
  releaseBytes: Uint8Array,
  manifest: ReleaseManifest,
  root: Metadata<RootSigned>,
  now: Date,
): Promise<{ signedBy: readonly string[]; emergencyUntil?: string } | { refusal: string }> {
  const unexpired = new Date(Math.min(now.getTime(), Date.parse(manifest.expiresAt) - 1));
  try {
    const approvals = await readBounded(join(directory, repositoryNames.approvals(sha256)), 'approvals');
    const withdrawal = await readOptional(join(directory, repositoryNames.withdrawal(sha256)));
    const { signedBy, emergency } = verifyRelease({
      root,
      releaseBytes,
      envelope: parseEnvelope(approvals),
      withdrawal: withdrawal === undefined ? undefined : parseEnvelope(withdrawal),
      now: manifest.emergency === undefined ? new Date(manifest.proposedAt) : unexpired,
    });
    return emergency === undefined ? { signedBy } : { signedBy, emergencyUntil: emergency.until };
  } catch (error) {
    if (isImprintError(error)) return { refusal: error.code };
    throw error;
  }
}
