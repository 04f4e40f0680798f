import { Instant, LeaseAnswer } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';

export const ActivationId = Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$' });

/** One device's seat. */
export const Activation = Type.Object({
  id: ActivationId,
  entitlementId: Type.String(),
  allocationId: Type.String(),
  agencyId: AgencyId,
  deviceId: Type.String(),
  state: Type.Union([Type.Literal('active'), Type.Literal('released'), Type.Literal('revoked')]),
  seat: Type.Union([Type.Literal('regular'), Type.Literal('overage')]),
  origin: Type.Union([
    Type.Literal('online'),
    Type.Literal('offline'),
    Type.Literal('typed'),
    Type.Literal('transfer'),
  ]),
  generation: Type.Integer(),
  activatedAt: Instant,
  renewedAt: Instant,
  renewAt: Instant,
  leaseEndsAt: Instant,
  overageUntil: Type.Optional(Instant),
  /** Set while somebody should look whether two devices share this seat. */
  duplicateAt: Type.Optional(Instant),
  /** How often a person said that the hardware was changed, and it came back with another key, of late. */
  rebinds: Type.Integer(),
  reimages: Type.Integer(),
  endedAt: Type.Optional(Instant),
  endedReason: Type.Optional(Type.String()),
});
export type Activation = Static<typeof Activation>;

export const OfflineLeaseRequest = Type.Object(
  {
    /** A signed request, the text of its QR code, or a typed code. */
    request: Type.String({ minLength: 1, maxLength: 16_384 }),
    /** The agency the device belongs to: the asker's or one below it. */
    agencyId: AgencyId,
  },
  { additionalProperties: false },
);

/** As a device's own answer, with the forms to carry it; a rehearsal has neither lease nor carriers. */
export const OfflineLeaseAnswer = Type.Object({
  ...LeaseAnswer.properties,
  lease: Type.Optional(LeaseAnswer.properties.lease),
  carriers: Type.Optional(Type.Object({ qr: Type.String(), typed: Type.Optional(Type.String()) })),
});
export type OfflineLeaseAnswer = Static<typeof OfflineLeaseAnswer>;
