import { Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { DeviceId, figureNames, PostureState } from '../model.ts';

export const ComplianceFigure = Type.Union([
  /** The worst of all figures of a device. */
  Type.Literal('overall'),
  ...figureNames,
]);
export type ComplianceFigure = Static<typeof ComplianceFigure>;

export const ComplianceBy = Type.Union([
  Type.Literal('agency'),
  Type.Literal('sector'),
  Type.Literal('ring'),
  Type.Literal('edition'),
]);
export type ComplianceBy = Static<typeof ComplianceBy>;

export const ComplianceQuery = Type.Object({
  by: Type.Optional(ComplianceBy),
  figure: Type.Optional(ComplianceFigure),
});

const Count = Type.Optional(Type.Integer());
const Day = Type.String({ format: 'date' });

/** Devices of a group by state. A count that is absent is not said, because it or another is too small. */
export const ComplianceGroup = Type.Object({
  /** An agency's id, a sector, a ring's name or an edition; empty: none. */
  key: Type.String(),
  devices: Count,
  ok: Count,
  stale: Count,
  unknown: Count,
  failing: Count,
  /** Of the devices, those whose state nobody knows. */
  unknownShare: Type.Optional(Type.Number()),
  /** Days (UTC) of the oldest and the newest last report; absent too where no device has reported. */
  oldestReportOn: Type.Optional(Day),
  newestReportOn: Type.Optional(Day),
});
export type ComplianceGroup = Static<typeof ComplianceGroup>;

const Part = Type.Object({ total: ComplianceGroup, groups: Type.Array(ComplianceGroup) });

export const Compliance = Type.Object({
  asOf: Instant,
  by: ComplianceBy,
  figure: ComplianceFigure,
  /** Counts from 1 to below this are not said of devices below the asker's agency. */
  smallCell: Type.Integer(),
  /** Devices of the asker's own agency. */
  own: Part,
  /** Devices of agencies below it. */
  below: Part,
});
export type Compliance = Static<typeof Compliance>;

export const ComplianceDevicesQuery = Type.Object({
  figure: Type.Optional(ComplianceFigure),
  state: Type.Optional(PostureState),
});

export const ComplianceDevice = Type.Object({
  id: DeviceId,
  hostname: Type.String(),
  state: PostureState,
  since: Instant,
  ring: Type.String(),
});
export type ComplianceDevice = Static<typeof ComplianceDevice>;
