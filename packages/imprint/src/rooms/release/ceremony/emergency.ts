import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import { emergencyEnd, emergencyTermsOf, encodeMetadata } from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import type { MissingSignature, Refusal } from '../model.ts';
import { type RepositoryState, repositoryNames } from '../tuf/repository.ts';
import type { RepositoryWrite } from '../tuf/writes.ts';
import type { Candidate } from './candidate.ts';
import { emergencyMetadata } from './metadata.ts';
import { candidateNames } from './paths.ts';
import type { FullReview } from './review.ts';
import type { PinnedRoot } from './root.ts';

/** Why a candidate may not ask for the emergency lane; empty when it may, or does not ask. */
export function emergencyProposeRefusals(
  emergency: ReleaseManifest['emergency'],
  root: PinnedRoot,
  state: RepositoryState | undefined,
): Refusal[] {
  if (emergency === undefined) return [];
  return [
    ...(emergencyTermsOf(root.metadata) === undefined
      ? [{ code: 'RELEASE_EMERGENCY_NOT_ALLOWED', params: {} }]
      : []),
    ...(state === undefined ? [{ code: 'RELEASE_EMERGENCY_FIRST', params: {} }] : []),
  ];
}

/** Puts the metadata that the emergency lane needs beside a candidate's other metadata. */
export async function placeEmergencyMetadata(
  at: string,
  manifest: ReleaseManifest,
  releaseBytes: Uint8Array,
  state: RepositoryState | undefined,
): Promise<void> {
  if (manifest.emergency === undefined) return;
  const metadata = emergencyMetadata(state?.emergency, releaseBytes, manifest);
  await writeDurably(join(at, candidateNames.metadata, 'emergency.json'), encodeMetadata(metadata));
}

/** True where a candidate is published with the approvals of an emergency, as it has no others yet. */
export function takesEmergencyLane({ standing, approvals }: FullReview): boolean {
  return standing.missing.length > 0 && approvals.urgentMissing?.length === 0;
}

/** What is missing before a candidate may be published: the fewer approvals, where it asks for the emergency lane. */
export function missingToPublish(review: FullReview): readonly MissingSignature[] {
  if (review.standing.missing.length === 0) return [];
  return review.approvals.urgentMissing ?? review.standing.missing;
}

/** Why a candidate may not be published as an emergency now; empty when it may, or needs not. */
export function emergencyPublishRefusals(
  review: FullReview,
  { root, state, now }: { root: PinnedRoot; state: RepositoryState | undefined; now: Date },
): Refusal[] {
  const terms = emergencyTermsOf(root.metadata);
  if (!takesEmergencyLane(review) || terms === undefined) return [];
  const until = emergencyEnd(review.manifest, terms.withinHours);
  const metadata = review.approvals.metadata.get('emergency.json');
  const [current, got] = [state?.emergency?.signed.version ?? 0, (metadata?.signed.version ?? 1) - 1];
  return [
    ...(state === undefined ? [{ code: 'RELEASE_EMERGENCY_FIRST', params: {} }] : []),
    ...(current === got ? [] : [{ code: 'RELEASE_BASE_MOVED', params: { current, got } }]),
    ...(until <= now ? [{ code: 'RELEASE_EMERGENCY_OVER', params: { until: until.toISOString() } }] : []),
  ];
}

/** What an emergency publishes besides: its metadata, and the release under the name that this lists. */
export function emergencyWrites(
  { manifest, sha256, releaseBytes }: Candidate,
  review: FullReview,
): RepositoryWrite[] {
  const metadata = review.approvals.metadata.get('emergency.json');
  if (metadata === undefined) return [];
  const { edition, channel } = manifest;
  return [
    { path: repositoryNames.emergencyTargetFile(edition, channel, sha256), bytes: releaseBytes },
    {
      path: repositoryNames.metadata('emergency', metadata.signed.version),
      bytes: encodeMetadata(metadata),
    },
  ];
}
