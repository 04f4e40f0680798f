import { Instant, Name, ReleaseManifest, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import type { CandidateStatus } from './ceremony/status.ts';
import type { ReleaseRow } from './store.ts';

/** A published release as screens show it; `expired` is told as of now. */
export const PublishedReleaseView = Type.Object({
  sha256: Sha256,
  edition: Name,
  channel: Name,
  version: Type.String(),
  sequence: Type.Integer(),
  state: Type.Union([
    Type.Literal('current'),
    Type.Literal('superseded'),
    Type.Literal('withdrawn'),
    Type.Literal('refused'),
    Type.Literal('expired'),
  ]),
  /** The code a device would refuse it with. */
  refusal: Type.Optional(Type.String()),
  signedBy: Type.Array(Name),
  /** Until when it holds by its emergency approval alone. */
  emergencyUntil: Type.Optional(Instant),
  expiresAt: Instant,
  changedAt: Instant,
  manifest: ReleaseManifest,
});
export type PublishedReleaseView = Static<typeof PublishedReleaseView>;

export function releaseView(row: ReleaseRow, now: Date): PublishedReleaseView {
  const expired = row.state === 'current' && row.expires_at <= now;
  return {
    sha256: row.sha256,
    edition: row.edition,
    channel: row.channel,
    version: row.version,
    sequence: row.sequence,
    state: expired ? 'expired' : row.state,
    ...(row.refusal === null ? {} : { refusal: row.refusal }),
    signedBy: row.signed_by,
    ...(row.emergency_until === null ? {} : { emergencyUntil: row.emergency_until.toISOString() }),
    expiresAt: row.expires_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    manifest: row.manifest as ReleaseManifest,
  };
}

/** A candidate in the ceremony's directory and what it still lacks. */
export const CandidateView = Type.Object({
  id: Type.String(),
  sha256: Sha256,
  edition: Name,
  channel: Name,
  version: Type.String(),
  sequence: Type.Integer(),
  expiresAt: Instant,
  proposedBy: Type.String(),
  approvedBy: Type.Array(Name),
  missing: Type.Array(
    Type.Object({ party: Name, suite: Type.String(), needed: Type.Integer(), have: Type.Integer() }),
  ),
  rejectedBy: Type.Array(Type.Object({ party: Name, reasons: Type.Array(Type.String()) })),
});
export type CandidateView = Static<typeof CandidateView>;

export function candidateView({
  id,
  sha256,
  manifest,
  proposedBy,
  standing,
}: CandidateStatus): CandidateView {
  return {
    id,
    sha256,
    edition: manifest.edition,
    channel: manifest.channel,
    version: manifest.version,
    sequence: manifest.sequence,
    expiresAt: manifest.expiresAt,
    proposedBy,
    approvedBy: standing.approvedBy.map(({ party }) => party),
    missing: standing.missing
      .filter(({ what }) => what === 'statement')
      .map(({ party, suite, needed, have }) => ({ party, suite, needed, have })),
    rejectedBy: standing.rejections
      .filter((rejection) => rejection.standing)
      .map(({ party, reasons }) => ({ party, reasons: [...reasons] })),
  };
}
