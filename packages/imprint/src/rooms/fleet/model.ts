import { DeviceReport, Instant, Name } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../organisation/index.ts';

export const PostureState = Type.Union([
  Type.Literal('ok'),
  Type.Literal('stale'),
  Type.Literal('unknown'),
  Type.Literal('failing'),
]);
export type PostureState = Static<typeof PostureState>;

/** What is judged of a device. */
export const figureNames = [
  Type.Literal('release'),
  Type.Literal('patch'),
  Type.Literal('antivirus'),
  Type.Literal('integrity'),
  Type.Literal('policy'),
  /** Only where the edition has a first-boot plan. */
  Type.Literal('first-boot'),
  /** Only where the edition pins a licence key. */
  Type.Literal('licence'),
] as const;

/** One figure of a device as the server judges it now, with its age. */
export const Figure = Type.Object({
  name: Type.Union([...figureNames]),
  state: PostureState,
  /** Seconds since the fact was observed; absent when it never was. */
  ageSeconds: Type.Optional(Type.Integer()),
  reason: Type.Optional(Type.String()),
});
export type Figure = Static<typeof Figure>;

/** How a device stands: the worst of its figures, and when it last spoke. */
export const Posture = Type.Object({
  state: PostureState,
  lastSeenSeconds: Type.Optional(Type.Integer()),
  figures: Type.Array(Figure),
});
export type Posture = Static<typeof Posture>;

/** How old a fact may be before it counts as stale, in seconds. */
export interface PostureLimits {
  readonly factSeconds: number;
  readonly definitionsSeconds: number;
  readonly silenceSeconds: number;
}

export const DeviceId = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });

export const Device = Type.Object({
  id: DeviceId,
  state: Type.Union([Type.Literal('enrolled'), Type.Literal('conflict')]),
  edition: Name,
  channel: Name,
  hostname: Type.String(),
  architecture: Type.String(),
  enrolledAt: Instant,
  lastSeenAt: Type.Optional(Instant),
  posture: Posture,
});
export type Device = Static<typeof Device>;

export const DeviceDetail = Type.Object({
  ...Device.properties,
  conflictAt: Type.Optional(Instant),
  counter: Type.Optional(Type.Integer()),
  report: Type.Optional(DeviceReport),
});
export type DeviceDetail = Static<typeof DeviceDetail>;

export const NewEnrolmentToken = Type.Object(
  {
    agencyId: Type.Optional(AgencyId),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    validSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
  },
  { additionalProperties: false },
);
export type NewEnrolmentToken = Static<typeof NewEnrolmentToken>;

export const EnrolmentToken = Type.Object({
  id: Type.String(),
  label: Type.String(),
  createdAt: Instant,
  expiresAt: Instant,
  usedAt: Type.Optional(Instant),
  usedBy: Type.Optional(DeviceId),
});
export type EnrolmentToken = Static<typeof EnrolmentToken>;
