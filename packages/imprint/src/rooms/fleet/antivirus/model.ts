import { AntivirusProvider, DeviceClass, Instant, Name } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';

/** A provider as the current release of a channel lists it. */
export const ListedProvider = Type.Object({
  edition: Name,
  channel: Name,
  version: Type.String(),
  provider: AntivirusProvider,
  approval: Type.Union([Type.Literal('approved'), Type.Literal('expiring'), Type.Literal('expired')]),
  /** Whole days the approval has left; below 0: it has ended. */
  daysLeft: Type.Integer(),
  /** Selections of the asker's agency and those below it that name it. */
  selections: Type.Integer(),
});
export type ListedProvider = Static<typeof ListedProvider>;

const chosen = {
  /** Absent: devices of every class. */
  deviceClass: Type.Optional(DeviceClass),
  provider: Type.Optional(Name),
  definitionsRing: Type.Optional(Name),
  /** Providers that agencies below may choose among; absent: any that their releases list. */
  allowed: Type.Optional(Type.Array(Name, { maxItems: 50 })),
  /** Agencies below choose no provider. */
  isFixed: Type.Optional(Type.Boolean()),
};

/** What an agency chooses, whole: what is absent is not chosen at this level. */
export const NewSelection = Type.Object(
  { agencyId: Type.Optional(AgencyId), ...chosen },
  { additionalProperties: false },
);
export type NewSelection = Static<typeof NewSelection>;

export const AntivirusSelection = Type.Object({
  agencyId: AgencyId,
  ...chosen,
  setAt: Instant,
  setBy: Type.String(),
});
export type AntivirusSelection = Static<typeof AntivirusSelection>;

/** What devices of the asker's own agency are told. */
export const Effective = Type.Object({
  edition: Name,
  channel: Name,
  /** Absent: devices whose class nobody chose for. */
  deviceClass: Type.Optional(DeviceClass),
  provider: Name,
  definitionsRing: Name,
  chosenBy: AgencyId,
  approval: Type.Union([Type.Literal('approved'), Type.Literal('expiring'), Type.Literal('expired')]),
  daysLeft: Type.Integer(),
});
export type Effective = Static<typeof Effective>;

export const Selections = Type.Object({
  selections: Type.Array(AntivirusSelection),
  effective: Type.Array(Effective),
});
export type Selections = Static<typeof Selections>;
