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

export const Revocation = Type.Object({
  id: RowId,
  agencyId: AgencyId,
  scope: RevocationScope,
  subjectId: RowId,
  reason: RevocationReason,
  /** How many hold a seat that it takes: while it waits as it was proposed, then as it was applied. */
  devices: Type.Integer(),
  /** `pending` waits for a second person. */
  state: Type.Union([Type.Literal('pending'), Type.Literal('applied')]),
  proposedBy: Type.String(),
  proposedAt: Instant,
  confirmedBy: Type.Optional(Type.String()),
  appliedAt: Type.Optional(Instant),
});
export type Revocation = Static<typeof Revocation>;
