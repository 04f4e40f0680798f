import type { ErrorParams } from '@imprint/protocol';
import type { SignatureSuite } from '@imprint/trust';
import Type, { type Static } from 'typebox';

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Instant = Type.String({ format: 'date-time' });

/** in-toto's Statement v1. Source: in-toto attestation framework, v1 `statement.md`. */
export const statementType = 'https://in-toto.io/Statement/v1';
/** DSSE payload type of the vendor's agreement on what an edition may change. */
export const vendorPolicyPayloadType = 'application/vnd.imprint.mutable-core+json';
/** Predicate type of a party's refusal of a candidate, and of its taking that back. */
export const rejectionStatementType = 'urn:imprint:attestation:release-rejection:v1';
/** The party whose key must stand under the vendor policy. */
export const vendorParty = 'vendor';

/** A candidate's cover sheet (`candidate.json`): nothing in it is trusted, all of it is checked again. */
export const CandidateSheet = Type.Object({
  schema: Type.Literal('imprint/candidate/v1'),
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,126}$' }),
  releaseSha256: Sha256,
  rootVersion: Type.Integer({ minimum: 1 }),
  rootSha256: Sha256,
  /** Version of the release metadata this one follows; 0 when it is the first. */
  baseVersion: Type.Integer({ minimum: 0 }),
  proposedBy: Type.String({ minLength: 1, maxLength: 200 }),
  proposedAt: Instant,
});
export type CandidateSheet = Static<typeof CandidateSheet>;

export const SignatureEntry = Type.Object({ keyid: Type.String(), sig: Type.String() });
export type SignatureEntry = Static<typeof SignatureEntry>;

export const EnvelopeFile = Type.Object({
  payloadType: Type.String(),
  payload: Type.String(),
  signatures: Type.Array(SignatureEntry, { maxItems: 64 }),
});

/** One holder's approval, a file carried by hand: signatures on the statement and on the TUF metadata. */
export const ApprovalFile = Type.Object({
  schema: Type.Literal('imprint/approval/v1'),
  party: Type.String(),
  holder: Type.String(),
  releaseSha256: Sha256,
  approvedAt: Instant,
  envelope: EnvelopeFile,
  /** Signatures by metadata file name: `release.json`, and `targets.json` when it is renewed. */
  metadata: Type.Record(Type.String(), Type.Array(SignatureEntry, { maxItems: 64 })),
});
export type ApprovalFile = Static<typeof ApprovalFile>;

/** Predicate of a rejection; `retracts` names the SHA-256 of the rejection it takes back. */
export const RejectionPredicate = Type.Object({
  party: Type.String(),
  at: Instant,
  reasons: Type.Array(Type.String({ minLength: 1, maxLength: 2000 }), { maxItems: 50 }),
  retracts: Type.Optional(Sha256),
});
export type RejectionPredicate = Static<typeof RejectionPredicate>;

/** A rejection that verifies; `standing` until its own party has retracted it. */
export interface Rejection {
  readonly party: string;
  readonly at: string;
  readonly reasons: readonly string[];
  readonly standing: boolean;
}

/** One reason why not; `code` is of this room's registry. */
export interface Refusal {
  readonly code: string;
  readonly params: ErrorParams;
}

/** Signatures still wanted from one party on one document. */
export interface MissingSignature {
  readonly party: string;
  readonly suite: SignatureSuite;
  readonly what: 'statement' | 'metadata';
  readonly needed: number;
  readonly have: number;
}

/** What one re-derivation found. `absent`: the files to look at are not here. */
export interface Check {
  readonly id: string;
  readonly state: 'ok' | 'failed' | 'absent';
  readonly expected?: string;
  readonly got?: string;
}

/** The check that makes every package of a patch set again from upstream's. */
export const packagesCheck = 'patch-set/packages';

/** Who has done what with a candidate so far. */
export interface CandidateStanding {
  readonly approvedBy: readonly { readonly party: string; readonly holders: readonly string[] }[];
  readonly missing: readonly MissingSignature[];
  /** What is missing for the emergency lane; absent where the candidate does not ask for it or may not. */
  readonly urgentMissing?: readonly MissingSignature[];
  readonly rejections: readonly Rejection[];
}
