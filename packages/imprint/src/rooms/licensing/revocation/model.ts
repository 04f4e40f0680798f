import { Instant, RevocationReason } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';
import { RowId } from '../allocation/model.ts';

export const RevocationScope = Type.Union([
  Type.Literal('activation'),
  Type.Literal('entitlement'),
  Type.Literal('agreement'),
]);
export type RevocationScope = Static<typeof RevocationScope>;

export const NewRevocation = Type.Object(
  {
    /** One device's seat, all of an entitlement, or all of an agreement; the latter two end what they are about. */
    scope: RevocationScope,
    subjectId: RowId,
    reason: RevocationReason,
  },
  { additionalProperties: false },
);
export type NewRevocation = Static<typeof NewRevocation>;

export const UndoReason = Type.Union([
  /** It should not have been made. */
  Type.Literal('mistake'),
  /** What was lost or stolen is back. */
  Type.Literal('found'),
  /** What the device was suspected of was looked into. */
  Type.Literal('cleared'),
]);
export type UndoReason = Static<typeof UndoReason>;

/** The list as it will be published anew. */
export const Republishing = Type.Object({
  /** The database's own number; the published one will be above it. */
  number: Type.Integer(),
  askedAt: Instant,
});
export type Republishing = Static<typeof Republishing>;

export const RevocationState = Type.Union([
  /** Waits for a second person. */
  Type.Literal('pending'),
  Type.Literal('applied'),
  /** Taken back while it waited. */
  Type.Literal('withdrawn'),
  /** Nobody confirmed it in time. */
  Type.Literal('expired'),
  /** Was applied, and then undone. */
  Type.Literal('undone'),
]);
export type RevocationState = Static<typeof RevocationState>;

export const Revocation = Type.Object({
  id: RowId,
  agencyId: AgencyId,
  scope: RevocationScope,
  subjectId: RowId,
  reason: RevocationReason,
  /** How many hold a seat that it takes: while it waits as it was proposed, then as it was applied. */
  devices: Type.Integer(),
  state: RevocationState,
  proposedBy: Type.String(),
  proposedAt: Instant,
  confirmedBy: Type.Optional(Type.String()),
  appliedAt: Type.Optional(Instant),
  /** When it stops waiting. */
  expiresAt: Type.Optional(Instant),
  withdrawnBy: Type.Optional(Type.String()),
  withdrawnAt: Type.Optional(Instant),
  undoneAt: Type.Optional(Instant),
  /** The revocation that this one undoes. */
  undoes: Type.Optional(RowId),
  undoReason: Type.Optional(UndoReason),
});
export type Revocation = Static<typeof Revocation>;
