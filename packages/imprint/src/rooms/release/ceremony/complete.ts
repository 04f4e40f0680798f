import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import { encodeEnvelope, parseEnvelope, partyStandings } from '@imprint/trust';
import { refusalError, releaseError } from '../errors.ts';
import type { Refusal } from '../model.ts';
import { completeRefusals } from '../rules.ts';
import { exclusively } from '../tuf/exclusive.ts';
import { readCurrentRelease } from '../tuf/published.ts';
import { readRepository, repositoryNames } from '../tuf/repository.ts';
import { putDurably } from '../tuf/writes.ts';
import type { Candidate } from './candidate.ts';
import { readOptional } from './files.ts';
import { candidateNames } from './paths.ts';
import { type PublishOptions, putApproved } from './publish.ts';
import { type FullReview, reviewCandidate } from './review.ts';
import { type PinnedRoot, readRoot } from './root.ts';
import { isWithdrawn } from './withdraw.ts';

export interface Completion {
  readonly manifest: ReleaseManifest;
  readonly sha256: string;
  /** `completed`: every party's approval is published. `withdrawn`: a party's rejection is. */
  readonly outcome: 'completed' | 'withdrawn';
  /** Parties that approved, or the one that withdrew. */
  readonly by: readonly string[];
  /** True when the role `release` lists it, too; not where another release was published meanwhile. */
  readonly listed: boolean;
  readonly written: boolean;
}

/**
 * Publishes what the parties said after the fact of a release that went out in the emergency lane: the approval of all, after which
 * it is a release like any other, or the rejection of one, which withdraws it.
 * @throws RELEASE_NOT_EMERGENCY · RELEASE_ALREADY_WITHDRAWN · RELEASE_PUBLISH_REFUSED with every reason, or the only one · RELEASE_BUSY
 */
export async function completeRelease(options: PublishOptions): Promise<Completion> {
  const { paths, candidate, store } = options;
  return exclusively(paths.publishLock, async () => {
    const root = await readRoot(paths.root);
    await requireStanding(options, root);
    const review = await reviewCandidate(candidate, root, store);
    const withdrawal = await rejectedWith(candidate, review, root);
    return withdrawal === undefined
      ? complete(options, review, root)
      : withdraw(options, withdrawal.party, withdrawal.bytes);
  });
}

/** The candidate is what its channel stands at, and asked for the emergency lane. */
async function requireStanding({ paths, candidate }: PublishOptions, root: PinnedRoot): Promise<void> {
  const { edition, channel, emergency } = candidate.manifest;
  const current = await readCurrentRelease(paths.repository, edition, channel);
  if (emergency === undefined || current?.sha256 !== candidate.sha256)
    throw releaseError('RELEASE_NOT_EMERGENCY', { edition, channel, id: candidate.sheet.id });
  if (isWithdrawn(current, root)) throw releaseError('RELEASE_ALREADY_WITHDRAWN', { sha256: current.sha256 });
}

/** The withdrawal of a party that rejected the candidate and signed it as its threshold asks. */
async function rejectedWith(candidate: Candidate, review: FullReview, root: PinnedRoot) {
  const rejecting = review.standing.rejections.filter(({ standing }) => standing);
  for (const party of new Set(rejecting.map((one) => one.party))) {
    const file = join(candidate.directory, candidateNames.withdrawals, `${party}.dsse.json`);
    const bytes = await readOptional(file, 1_000_000);
    const standings = bytes === undefined ? [] : partyStandings(root.metadata, parseEnvelope(bytes));
    const isComplete = standings.some((standing) => standing.party === party && standing.complete);
    if (bytes !== undefined && isComplete) return { party, bytes };
  }
  return undefined;
}

async function withdraw(
  { paths, candidate, dryRun, put = putDurably }: PublishOptions,
  party: string,
  bytes: Uint8Array,
): Promise<Completion> {
  const { sha256, manifest } = candidate;
  const isDry = dryRun === true;
  if (!isDry) await put(paths.repository, { path: repositoryNames.withdrawal(sha256), bytes });
  return { manifest, sha256, outcome: 'withdrawn', by: [party], listed: false, written: !isDry };
}

async function complete(options: PublishOptions, review: FullReview, root: PinnedRoot): Promise<Completion> {
  const { paths, candidate, now, dryRun, put = putDurably } = options;
  const refusals: Refusal[] = [
    ...completeRefusals({ ...review.standing, ...review, now }),
    ...review.approvals.refusals,
  ];
  if (refusals.length > 0) throw refusalError('RELEASE_PUBLISH_REFUSED', refusals);
  const state = await readRepository(paths.repository);
  const listed = state?.release.signed.version === candidate.sheet.baseVersion;
  const isDry = dryRun === true;
  const { sha256, manifest } = candidate;
  if (!isDry) {
    // The approvals first: with them the release holds, whatever lists it.
    const path = repositoryNames.approvals(sha256);
    await put(paths.repository, { path, bytes: encodeEnvelope(review.approvals.envelope) });
    if (listed) await putApproved(options, review, root, state);
  }
  const by = review.standing.approvedBy.map(({ party }) => party);
  return { manifest, sha256, outcome: 'completed', by, listed, written: !isDry };
}
