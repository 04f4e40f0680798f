import { Instant, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';

export const ControllerId = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' });
export const TargetId = Type.String({ pattern: '^[0-9A-Z]{26}$' });

export const ActionPhase = Type.Union([
  Type.Literal('open'),
  Type.Literal('cancelling'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
export type ActionPhase = Static<typeof ActionPhase>;

export const NewDdiTarget = Type.Object(
  { agencyId: Type.Optional(AgencyId), controllerId: ControllerId },
  { additionalProperties: false },
);
export type NewDdiTarget = Static<typeof NewDdiTarget>;

/** A device that speaks DDI. `tenant` is what its client is configured with. */
export const DdiTarget = Type.Object({
  id: TargetId,
  tenant: Type.String(),
  controllerId: ControllerId,
  createdAt: Instant,
  revokedAt: Type.Optional(Instant),
  lastSeenAt: Type.Optional(Instant),
});
export type DdiTarget = Static<typeof DdiTarget>;

export const DdiFeedback = Type.Object({
  at: Instant,
  execution: Type.String(),
  finished: Type.String(),
  details: Type.Array(Type.String()),
});

export const DdiAction = Type.Object({
  id: Type.Integer(),
  phase: ActionPhase,
  releaseSha256: Sha256,
  version: Type.String(),
  artifact: Type.String(),
  artifactSha256: Sha256,
  sizeBytes: Type.Integer(),
  assignedAt: Instant,
  changedAt: Instant,
  feedback: Type.Array(DdiFeedback),
});
export type DdiAction = Static<typeof DdiAction>;

export const NewDdiAction = Type.Object(
  { releaseSha256: Sha256, artifact: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
);
export type NewDdiAction = Static<typeof NewDdiAction>;

/** What a client says of an action. Source: hawkBit DDI, `DdiActionFeedback`; what is not named is not kept. */
export const Feedback = Type.Object({
  status: Type.Object({
    execution: Type.String({ maxLength: 40 }),
    result: Type.Object({ finished: Type.String({ maxLength: 40 }) }),
    details: Type.Optional(Type.Array(Type.String(), { maxItems: 5000 })),
  }),
});
export type Feedback = Static<typeof Feedback>;
