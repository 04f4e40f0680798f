import { Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';
import { RowId } from '../allocation/model.ts';

const Kind = Type.Union([Type.Literal('webhook'), Type.Literal('mail')]);

/** Where alerts of an agency and of those below it go. */
export const AlertTarget = Type.Object({
  id: RowId,
  agencyId: AgencyId,
  kind: Kind,
  /** A URL or a mail address. */
  address: Type.String(),
  createdAt: Instant,
});
export type AlertTarget = Static<typeof AlertTarget>;

export const NewAlertTarget = Type.Object(
  {
    /** The asker's own agency if absent. */
    agencyId: Type.Optional(AgencyId),
    kind: Kind,
    address: Type.String({ minLength: 3, maxLength: 1000 }),
  },
  { additionalProperties: false },
);
export type NewAlertTarget = Static<typeof NewAlertTarget>;

/** A new target; a webhook's signing secret is in this answer only. */
export const MadeAlertTarget = Type.Object({
  target: AlertTarget,
  secret: Type.Optional(Type.String()),
});
export type MadeAlertTarget = Static<typeof MadeAlertTarget>;

const DeliveryState = Type.Union([
  Type.Literal('pending'),
  Type.Literal('delivered'),
  Type.Literal('abandoned'),
]);
export type DeliveryState = Static<typeof DeliveryState>;

/** An alert on its way to one target, or given up on. */
export const AlertDelivery = Type.Object({
  id: RowId,
  targetId: RowId,
  state: DeliveryState,
  alert: Type.Object({
    entitlementId: RowId,
    agencyId: AgencyId,
    threshold: Type.Integer(),
    taken: Type.Integer(),
    ceiling: Type.Integer(),
    percent: Type.Integer(),
    asOf: Instant,
  }),
  /** Attempts that failed. */
  attempts: Type.Integer(),
  lastError: Type.Optional(Type.String()),
  /** When it is tried next. */
  dueAt: Type.Optional(Instant),
  createdAt: Instant,
});
export type AlertDelivery = Static<typeof AlertDelivery>;

export const DeliveryQuery = Type.Object({ state: Type.Optional(DeliveryState) });
