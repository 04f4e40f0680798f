import { type ReleaseManifest, releaseStatementType, withdrawalStatementType } from '@imprint/protocol';
import { canonicalJson, digestsOf } from '@imprint/trust';
import { type RejectionPredicate, rejectionStatementType, statementType } from '../model.ts';

/** An in-toto statement about a `release.json`. Source: in-toto Statement v1; digest name `sm3` of its DigestSet. */
function statementAbout(releaseBytes: Uint8Array, predicateType: string, predicate: object): Uint8Array {
  return canonicalJson({
    _type: statementType,
    subject: [{ name: 'release.json', digest: { ...digestsOf(releaseBytes) } }],
    predicateType,
    predicate,
  });
}

/** The bytes every party signs to approve a release; the same for all, so that signatures meet in one envelope. */
export function approvalStatement(releaseBytes: Uint8Array, manifest: ReleaseManifest): Uint8Array {
  const { edition, version, channel, sequence, expiresAt } = manifest;
  return statementAbout(releaseBytes, releaseStatementType, {
    edition,
    version,
    channel,
    sequence,
    expiresAt,
  });
}

/** The bytes one party signs to withdraw a release. */
export function withdrawalStatement(
  releaseBytes: Uint8Array,
  manifest: ReleaseManifest,
  withdrawal: { readonly party: string; readonly reasons: readonly string[]; readonly withdrawnAt: string },
): Uint8Array {
  const { edition, version, channel, sequence } = manifest;
  return statementAbout(releaseBytes, withdrawalStatementType, {
    edition,
    version,
    channel,
    sequence,
    ...withdrawal,
  });
}

/** The bytes one party signs to reject a candidate, or to take its rejection back. */
export function rejectionStatement(releaseBytes: Uint8Array, predicate: RejectionPredicate): Uint8Array {
  return statementAbout(releaseBytes, rejectionStatementType, predicate);
}
