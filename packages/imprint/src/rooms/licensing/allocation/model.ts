import { Instant, Name, Sector, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';

/** Ids of this room's rows are ULIDs as well. */
export const RowId = Type.String({ pattern: '^[0-9A-Z]{26}$' });

export const Agreement = Type.Object({
  id: RowId,
  /** The licensee. */
  agencyId: AgencyId,
  number: Type.String(),
  licensor: Type.String(),
  sector: Sector,
  edition: Name,
  startsAt: Instant,
  endsAt: Instant,
  documentSha256: Sha256,
  createdAt: Instant,
  /** When it was ended before its term. */
  endedAt: Type.Optional(Instant),
});
export type Agreement = Static<typeof Agreement>;

export const NewAgreement = Type.Object(
  {
    agencyId: AgencyId,
    number: Type.String({ minLength: 1, maxLength: 100 }),
    licensor: Type.String({ minLength: 1, maxLength: 200 }),
    sector: Sector,
    edition: Name,
    startsAt: Instant,
    endsAt: Instant,
    documentSha256: Sha256,
  },
  { additionalProperties: false },
);
export type NewAgreement = Static<typeof NewAgreement>;

const Overage = Type.Union([Type.Literal('deny'), Type.Literal('percent'), Type.Literal('report')]);

export const Entitlement = Type.Object({
  id: RowId,
  agreementId: RowId,
  agencyId: AgencyId,
  edition: Name,
  deviceClass: Type.String(),
  seats: Type.Integer(),
  /** Taken or reserved, of the seats agreed and beyond. */
  taken: Type.Integer(),
  features: Type.Array(Name),
  overage: Type.Object({
    policy: Overage,
    percent: Type.Optional(Type.Integer()),
    days: Type.Optional(Type.Integer()),
    /** Seats taken beyond those agreed. */
    count: Type.Integer(),
    since: Type.Optional(Instant),
    until: Type.Optional(Instant),
  }),
  startsAt: Instant,
  endsAt: Instant,
  createdAt: Instant,
  endedAt: Type.Optional(Instant),
  asOf: Instant,
});
export type Entitlement = Static<typeof Entitlement>;

/** Figures and the class are judged by the rules, whose refusals say more than a schema's. */
export const NewEntitlement = Type.Object(
  {
    /** A ULID of the asker's: a request sent twice then adds one entitlement. */
    id: Type.Optional(RowId),
    agreementId: RowId,
    deviceClass: Type.String({ maxLength: 40 }),
    seats: Type.Number(),
    features: Type.Optional(Type.Array(Name, { maxItems: 64, uniqueItems: true })),
    overage: Type.Optional(
      Type.Object(
        { policy: Overage, percent: Type.Optional(Type.Number()), days: Type.Optional(Type.Number()) },
        { additionalProperties: false },
      ),
    ),
    startsAt: Type.Optional(Instant),
    endsAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type NewEntitlement = Static<typeof NewEntitlement>;

export const NewSeats = Type.Object(
  {
    seats: Type.Number(),
    /** With fewer seats than are taken: from when those beyond are not renewed. */
    reclaimAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type NewSeats = Static<typeof NewSeats>;

const Reclaim = Type.Object({ ceiling: Type.Integer(), at: Instant });

/** A node of an entitlement's seat tree, as far as the asker may see. */
export const Allocation = Type.Object({
  id: RowId,
  entitlementId: RowId,
  agencyId: AgencyId,
  /** The node above; absent at the root and where the asker may not see it. */
  parentId: Type.Optional(RowId),
  edition: Name,
  deviceClass: Type.String(),
  floor: Type.Integer(),
  ceiling: Type.Integer(),
  /** Seats of devices that count at this node itself. */
  own: Type.Integer(),
  /** Seats taken here and below, or reserved below. */
  taken: Type.Integer(),
  /** Seats within those agreed that could be taken at this node now, whatever stands above it. */
  free: Type.Integer(),
  /** Notice given: the ceiling it will come down to, and from when seats beyond are not renewed. */
  reclaim: Type.Optional(Reclaim),
  asOf: Instant,
});
export type Allocation = Static<typeof Allocation>;

export const WantedAllocation = Type.Object(
  {
    entitlementId: RowId,
    agencyId: AgencyId,
    floor: Type.Number(),
    ceiling: Type.Number(),
    /** With a ceiling below what is taken: from when seats beyond it are not renewed. */
    reclaimAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type WantedAllocation = Static<typeof WantedAllocation>;
