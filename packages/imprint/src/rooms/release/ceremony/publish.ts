import { join } from 'node:path';
import type { ContentStore } from '@imprint/edition';
import type { ReleaseManifest } from '@imprint/protocol';
import {
  type EmergencyApproval,
  encodeEnvelope,
  encodeMetadata,
  type Metadata,
  parseMetadata,
  type Signer,
  type TargetsSigned,
} from '@imprint/trust';
import { refusalError } from '../errors.ts';
import { publishRefusals } from '../rules.ts';
import { type DeviceView, verifyAsDevice } from '../tuf/as-device.ts';
import { exclusively } from '../tuf/exclusive.ts';
import { nextSnapshot, nextTimestamp } from '../tuf/online.ts';
import { readCurrentRelease } from '../tuf/published.ts';
import { type RepositoryState, readRepository, repositoryNames } from '../tuf/repository.ts';
import { type Put, putDurably, type RepositoryWrite } from '../tuf/writes.ts';
import type { Candidate } from './candidate.ts';
import { installersOf } from './checks.ts';
import {
  emergencyPublishRefusals,
  emergencyWrites,
  missingToPublish,
  takesEmergencyLane,
} from './emergency.ts';
import { readBounded } from './files.ts';
import { candidateNames, type ReleasePaths } from './paths.ts';
import { patchSetWrites, verifyPublishedSet } from './publish-patch-set.ts';
import { type FullReview, reviewCandidate } from './review.ts';
import { type PinnedRoot, readRoot } from './root.ts';

export interface PublishOptions {
  readonly paths: ReleasePaths;
  readonly candidate: Candidate;
  /** Where upstream's packages lie, as far as they do. */
  readonly store: ContentStore;
  /** The online key: snapshot and timestamp only. */
  readonly online: readonly Signer[];
  readonly now: Date;
  readonly dryRun?: boolean;
  readonly put?: Put;
}

export interface Publication {
  readonly manifest: ReleaseManifest;
  readonly sha256: string;
  readonly signedBy: readonly string[];
  /** Present where it was published in the emergency lane: until when, and who has yet to approve. */
  readonly emergency?: EmergencyApproval;
  /** Paths below the repository, in the order they were or would be written; the last one makes the switch. */
  readonly writes: readonly string[];
  readonly written: boolean;
}

interface PublishPlan {
  /** Files nobody refers to until the switch. */
  readonly before: readonly RepositoryWrite[];
  /** The timestamp: from here on devices see the release. */
  readonly change: RepositoryWrite & { readonly bytes: Uint8Array };
}

/**
 * Publishes an approved candidate. Everything new is written first and verified as a device would; then the timestamp
 * is replaced in one rename, so that a crash at any moment leaves the repository before or after, never between.
 * @throws RELEASE_PUBLISH_REFUSED with every reason, or the only one · RELEASE_BUSY · any refusal of a device
 */
export async function publishCandidate(options: PublishOptions): Promise<Publication> {
  const { paths, candidate, store } = options;
  return exclusively(paths.publishLock, async () => {
    const root = await readRoot(paths.root);
    const review = await reviewCandidate(candidate, root, store);
    const state = await readRepository(paths.repository);
    await requirePublishable(options, review, root, state);
    const plan = await planPublication(options, review, root, state);
    const isDry = options.dryRun === true;
    const view = isDry ? undefined : await executePublication(options, plan, root);
    return {
      manifest: candidate.manifest,
      sha256: candidate.sha256,
      signedBy: view?.signedBy ?? review.standing.approvedBy.map(({ party }) => party),
      ...(view?.emergency === undefined ? {} : { emergency: view.emergency }),
      writes: [...plan.before, plan.change].map((write) => write.path),
      written: !isDry,
    };
  });
}

/** Publishes a reviewed candidate that has every approval; the publishing lock is held. */
export async function putApproved(
  options: PublishOptions,
  review: FullReview,
  root: PinnedRoot,
  state: RepositoryState | undefined,
): Promise<void> {
  await executePublication(options, await planPublication(options, review, root, state), root);
}

async function requirePublishable(
  { paths, candidate, now }: PublishOptions,
  review: FullReview,
  root: PinnedRoot,
  state: RepositoryState | undefined,
): Promise<void> {
  const { edition, channel } = candidate.manifest;
  const current = await readCurrentRelease(paths.repository, edition, channel);
  const refusals = [
    ...publishRefusals({
      manifest: candidate.manifest,
      sheet: candidate.sheet,
      rootSha256: root.sha256,
      baseVersion: state?.release.signed.version ?? 0,
      currentSequence: current?.manifest.sequence,
      missing: missingToPublish(review),
      rejections: review.standing.rejections,
      // The cover sheet's root is refused by its own rule.
      checks: review.checks.filter((check) => check.id !== 'root'),
      now,
    }),
    ...emergencyPublishRefusals(review, { root, state, now }),
    ...review.approvals.refusals,
  ];
  if (refusals.length > 0) throw refusalError('RELEASE_PUBLISH_REFUSED', refusals);
}

async function planPublication(
  { paths, candidate, online, now }: PublishOptions,
  review: FullReview,
  root: PinnedRoot,
  state: RepositoryState | undefined,
): Promise<PublishPlan> {
  const { sha256, manifest } = candidate;
  const isUrgent = takesEmergencyLane(review);
  const metadata = (name: string) => review.approvals.metadata.get(name);
  // What the ordinary roles say has the signatures of all, or is left as it was.
  const targets =
    (isUrgent ? undefined : metadata('targets.json')) ?? state?.targets ?? (await initialTargets(paths.root));
  const release = (isUrgent ? state?.release : metadata('release.json')) as Metadata<TargetsSigned>;
  const emergency = isUrgent ? metadata('emergency.json') : state?.emergency;
  const snapshot = nextSnapshot(state, { targets, release, emergency }, online, now);
  const { targets: targetsVersion, release: releaseVersion } = {
    targets: targets.signed.version,
    release: release.signed.version,
  };
  const before: RepositoryWrite[] = [
    ...blobWrites(candidate),
    ...(await patchSetWrites(candidate)),
    {
      path: repositoryNames.targetFile(manifest.edition, manifest.channel, sha256),
      bytes: candidate.releaseBytes,
    },
    { path: repositoryNames.approvals(sha256), bytes: encodeEnvelope(review.approvals.envelope) },
    { path: repositoryNames.metadata('root', root.version), bytes: root.bytes },
    { path: repositoryNames.latestRoot, bytes: root.bytes },
    { path: repositoryNames.metadata('targets', targetsVersion), bytes: encodeMetadata(targets) },
    { path: repositoryNames.metadata('release', releaseVersion), bytes: encodeMetadata(release) },
    ...(isUrgent ? emergencyWrites(candidate, review) : []),
    { path: repositoryNames.metadata('snapshot', snapshot.version), bytes: snapshot.bytes },
  ];
  const bytes = nextTimestamp(state, snapshot.bytes, online, now);
  return { before, change: { path: repositoryNames.timestamp, bytes } };
}

function blobWrites({ directory, manifest, lockBytes }: Candidate): RepositoryWrite[] {
  const files = [
    ...manifest.artifacts.map((record) => ({ record, folder: candidateNames.artifacts })),
    ...manifest.evidence.map((record) => ({ record, folder: candidateNames.evidence })),
    ...installersOf(manifest).map((record) => ({ record, folder: candidateNames.installers })),
  ];
  return [
    ...files.map(({ record, folder }) => ({
      path: repositoryNames.blob(record.digests.sha256),
      from: join(directory, folder, record.name),
      sha256: record.digests.sha256,
    })),
    { path: repositoryNames.blob(manifest.lockSha256), bytes: lockBytes },
  ];
}

async function initialTargets(rootDirectory: string): Promise<Metadata<TargetsSigned>> {
  return parseMetadata(await readBounded(join(rootDirectory, 'targets.json'), 'targets metadata'), 'targets');
}

async function executePublication(
  { paths, candidate, now, put = putDurably }: PublishOptions,
  plan: PublishPlan,
  root: PinnedRoot,
): Promise<DeviceView> {
  for (const write of plan.before) await put(paths.repository, write);
  await verifyPublishedSet(paths.repository, candidate);
  const { edition, channel } = candidate.manifest;
  const view = await verifyAsDevice({
    directory: paths.repository,
    trustedRoot: root.bytes,
    edition,
    channel,
    now,
    overlay: new Map([[plan.change.path, plan.change.bytes]]),
  });
  await put(paths.repository, plan.change);
  return view;
}
