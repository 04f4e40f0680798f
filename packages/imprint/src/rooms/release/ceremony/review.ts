import type { ContentStore, EditionDiff } from '@imprint/edition';
import type { ReleaseManifest } from '@imprint/protocol';
import type { CandidateStanding, Check } from '../model.ts';
import { type CollectedApprovals, collectApprovals } from './approvals.ts';
import type { Candidate } from './candidate.ts';
import { compared, fileChecks, lockChecks, statementCheck } from './checks.ts';
import { definitionsChecks } from './definitions.ts';
import { reviewIntegrity } from './integrity-check.ts';
import { metadataChecks } from './metadata.ts';
import { patchSetChecks } from './patch-set-checks.ts';
import { differenceTo, readPrevious } from './previous.ts';
import { readRejections } from './rejections.ts';
import type { PinnedRoot } from './root.ts';
import { vendorPolicyChecks } from './vendor-policy.ts';

/** Everything this machine could derive again about a candidate, and where its approvals stand. */
export interface Review {
  readonly id: string;
  /** SHA-256 of the `release.json` that is signed. */
  readonly sha256: string;
  readonly proposedBy: string;
  readonly manifest: ReleaseManifest;
  readonly checks: readonly Check[];
  readonly difference: EditionDiff | undefined;
  /** Sequence of the release before on this channel, as the parties signed it. */
  readonly previousSequence: number | undefined;
  readonly standing: CandidateStanding;
}

/** A review with the collected signatures, for publishing. */
export interface FullReview extends Review {
  readonly approvals: CollectedApprovals;
}

/**
 * Derives again what a candidate claims, from its own files and the pinned root alone; needs no network.
 * `store` may hold packages whose changelogs tell the CVEs that are closed.
 * @throws RELEASE_FILE_MALFORMED when a document cannot be read at all
 */
export async function reviewCandidate(
  candidate: Candidate,
  root: PinnedRoot,
  store?: ContentStore,
): Promise<FullReview> {
  const integrity = await reviewIntegrity(candidate);
  const previous = await readPrevious(candidate, root);
  const approvals = await collectApprovals(candidate, root);
  const checks = [
    compared('candidate', candidate.sha256, candidate.sheet.releaseSha256),
    compared('root', root.sha256, candidate.sheet.rootSha256),
    statementCheck(candidate),
    ...lockChecks(candidate),
    ...(await definitionsChecks(candidate)),
    ...(await fileChecks(candidate)),
    ...integrity.checks,
    ...(await vendorPolicyChecks(candidate, root)),
    ...previous.checks,
    ...(await patchSetChecks(candidate, previous, integrity.integrity, store)),
    ...metadataChecks(candidate, previous),
  ];
  return {
    id: candidate.sheet.id,
    sha256: candidate.sha256,
    proposedBy: candidate.sheet.proposedBy,
    manifest: candidate.manifest,
    checks,
    difference: await differenceTo(previous, candidate, integrity.integrity, store),
    previousSequence: previous.release?.manifest.sequence,
    standing: {
      approvedBy: approvals.approvedBy,
      missing: approvals.missing,
      ...(approvals.urgentMissing === undefined ? {} : { urgentMissing: approvals.urgentMissing }),
      rejections: await readRejections(candidate, root),
    },
    approvals,
  };
}
