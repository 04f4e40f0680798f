import { Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';
import { RowId } from '../allocation/model.ts';

const DeviceId = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });

export const NewDeviceTransfer = Type.Object(
  { activationId: RowId, deviceId: DeviceId },
  { additionalProperties: false },
);
export type NewDeviceTransfer = Static<typeof NewDeviceTransfer>;

/** A seat that went to another device, which gets its lease when it asks for one. */
export const DeviceTransfer = Type.Object({
  /** Of the new device. */
  activationId: RowId,
  deviceId: DeviceId,
  fromActivationId: RowId,
  fromDeviceId: DeviceId,
  /** Until when the seat waits for its new device, grace not counted: the end of the lease before. */
  leaseEndsAt: Instant,
});
export type DeviceTransfer = Static<typeof DeviceTransfer>;

export const NewSeatTransfer = Type.Object(
  {
    entitlementId: RowId,
    fromAgencyId: AgencyId,
    toAgencyId: AgencyId,
    seats: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  },
  { additionalProperties: false },
);
export type NewSeatTransfer = Static<typeof NewSeatTransfer>;

export const SeatTransfer = Type.Object({
  id: RowId,
  entitlementId: RowId,
  fromAgencyId: AgencyId,
  toAgencyId: AgencyId,
  seats: Type.Integer(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('applied'), Type.Literal('cancelled')]),
  proposedBy: Type.String(),
  proposedAt: Instant,
  /** Who consented for which side; a side that has not is absent. */
  consents: Type.Object({
    source: Type.Optional(Type.String()),
    target: Type.Optional(Type.String()),
    operator: Type.Optional(Type.String()),
  }),
  appliedAt: Type.Optional(Instant),
  cancelledAt: Type.Optional(Instant),
});
export type SeatTransfer = Static<typeof SeatTransfer>;
