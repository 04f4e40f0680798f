import { join } from 'node:path';
import { parseMetadata, signEnvelope, signMetadata, statementPayloadType } from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import { refusalError } from '../errors.ts';
import type { ApprovalFile } from '../model.ts';
import { approveRefusals } from '../rules.ts';
import type { Candidate } from './candidate.ts';
import { candidateNames } from './paths.ts';
import type { Review } from './review.ts';
import { type OpenedKeyFile, type PartySigners, type PinnedRoot, partySigners } from './root.ts';
import { verifiedSignatures } from './signatures.ts';

export interface ApproveOptions {
  readonly candidate: Candidate;
  readonly root: PinnedRoot;
  /** The review of the same candidate, made by this tool. */
  readonly review: Review;
  readonly opened: OpenedKeyFile;
  /** The digest of the release.json the signer has looked at. */
  readonly expectedSha256: string;
  /** The signer accepts that the artifacts themselves are not here to be hashed again. */
  readonly withoutArtifacts: boolean;
  readonly now: Date;
  readonly dryRun?: boolean;
}

export interface ApprovalResult {
  readonly party: string;
  readonly holder: string;
  readonly file: string;
  readonly sha256: string;
  readonly suites: readonly string[];
  readonly written: boolean;
}

/**
 * Signs a candidate for one party: the release statement and the TUF metadata, in every suite the root demands.
 * What is signed are the bytes that were reviewed, not what stands on disk by now.
 * @throws RELEASE_SIGN_REFUSED with every reason, or the only one · RELEASE_NOT_A_PARTY · RELEASE_SUITE_MISSING
 */
export async function approveCandidate(options: ApproveOptions): Promise<ApprovalResult> {
  const { candidate, root, review, now } = options;
  const party = partySigners(root, options.opened);
  const refusals = approveRefusals({
    checks: review.checks,
    withoutArtifacts: options.withoutArtifacts,
    sha256: candidate.sha256,
    expectedSha256: options.expectedSha256,
    manifest: candidate.manifest,
    currentSequence: review.previousSequence,
    now,
  });
  if (refusals.length > 0) throw refusalError('RELEASE_SIGN_REFUSED', refusals);
  const approval = signApproval(candidate, root, party, now);
  const name = party.holder === party.party ? party.party : `${party.party}.${party.holder}`;
  const file = join(candidate.directory, candidateNames.approvals, `${name}.json`);
  if (options.dryRun !== true) await writeDurably(file, `${JSON.stringify(approval, undefined, 2)}\n`);
  return {
    party: party.party,
    holder: party.holder,
    file,
    sha256: candidate.sha256,
    suites: party.signers.map((signer) => signer.key.scheme),
    written: options.dryRun !== true,
  };
}

function signApproval(
  candidate: Candidate,
  root: PinnedRoot,
  { party, holder, signers }: PartySigners,
  now: Date,
): ApprovalFile {
  const metadata = [...candidate.metadata].map(([name, bytes]) => {
    const signed = signMetadata(parseMetadata(bytes, 'targets', name), signers);
    return [name, verifiedSignatures(signed.signed, signed.signatures, root.keys)] as const;
  });
  const envelope = signEnvelope(statementPayloadType, candidate.statementBytes, signers);
  return {
    schema: 'imprint/approval/v1',
    party,
    holder,
    releaseSha256: candidate.sha256,
    approvedAt: now.toISOString(),
    envelope: { ...envelope, signatures: [...envelope.signatures] },
    metadata: Object.fromEntries(metadata),
  };
}
