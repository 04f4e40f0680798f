import { approveRelease, canonicalJson, digestsOf, envelopePayload } from '@imprint/trust';
import { type RejectionPredicate, rejectionStatementType, statementType } from '../model.ts';

/** The bytes every party signs to approve a release; the same for all, so that signatures meet in one envelope. */
export function approvalStatement(releaseBytes: Uint8Array): Uint8Array {
  return envelopePayload(approveRelease(releaseBytes, []));
}

/** The bytes one party signs to reject a candidate, or to take its rejection back. Source: in-toto Statement v1. */
export function rejectionStatement(releaseBytes: Uint8Array, predicate: RejectionPredicate): Uint8Array {
  return canonicalJson({
    _type: statementType,
    subject: [{ name: 'release.json', digest: { ...digestsOf(releaseBytes) } }],
    predicateType: rejectionStatementType,
    predicate,
  });
}
