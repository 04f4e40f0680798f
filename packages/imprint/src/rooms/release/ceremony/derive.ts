import { antivirusProvidersOf } from '@imprint/edition';
import { type BuildRecord, type EditionLock, isWindowsLock, type ReleaseManifest } from '@imprint/protocol';

/** What the lock says about a release; the approver's tool derives it again from the same lock. */
export type LockFacts = Pick<ReleaseManifest, 'base' | 'policy' | 'mutableCoreSha256' | 'antivirusProviders'>;

/** Derives the facts of a release that its lock decides. */
export function factsOfLock(lock: EditionLock): LockFacts {
  const providers = antivirusProvidersOf(lock);
  const mutableCore = lock.inputs.find((input) => input.role === 'mutable-core');
  return {
    base: baseOf(lock),
    policy: intendedPolicy(lock),
    ...(providers.length === 0 ? {} : { antivirusProviders: providers }),
    ...(mutableCore === undefined ? {} : { mutableCoreSha256: mutableCore.sha256 }),
  };
}

function baseOf(lock: EditionLock): ReleaseManifest['base'] {
  if (!isWindowsLock(lock)) {
    const { suite } = lock.manifest.base.debian;
    return { family: 'debian', suite, packages: lock.base.length + lock.packages.length };
  }
  const { editionId, version, parts } = lock.image;
  const build = `${version.major}.${version.minor}.${version.build}.${version.revision}`;
  return { family: 'windows', editionId, build, imageSha256: parts.map(({ sha256 }) => sha256) };
}

/** The policy baseline as intended: id → value; of a text in both languages, the English one, as the device's records do. */
function intendedPolicy(lock: EditionLock): ReleaseManifest['policy'] {
  const entries = Object.entries(lock.manifest.policy ?? {}).map(
    ([id, value]) => [id, typeof value === 'object' ? value.en : value] as const,
  );
  return Object.fromEntries(entries);
}

/** Composes the release manifest of a build on a channel. */
export function composeRelease(
  record: BuildRecord,
  lock: EditionLock,
  rest: Pick<ReleaseManifest, 'channel' | 'sequence' | 'proposedAt' | 'expiresAt'> &
    Partial<Pick<ReleaseManifest, 'antivirusDefinitions' | 'patchSet' | 'emergency' | 'previous'>>,
): ReleaseManifest {
  const { edition, version, lockSha256, artifacts, evidence, counts } = record;
  return {
    schema: 'imprint/release/v1',
    edition,
    version,
    lockSha256,
    artifacts,
    evidence,
    integrity: counts,
    ...factsOfLock(lock),
    ...rest,
  };
}
