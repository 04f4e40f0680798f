import Type, { type Static } from 'typebox';
import { AntivirusDirective } from './antivirus.ts';
import { Instant, Name, Sha256 } from './common.ts';
import { Observed } from './evidence.ts';
import { FirstBootObservation } from './first-boot.ts';
import { DeviceClass, LicenceObservation } from './licence.ts';
import { RolloutReport, RolloutTarget } from './rollout.ts';

/** A compact JWS (RFC 7515 §7.1): every device message is signed, whatever carries it. */
export const SignedMessage = Type.Object({ message: Type.String({ maxLength: 262_144 }) });
export type SignedMessage = Static<typeof SignedMessage>;

/** The public half of a device key (RFC 7517), P-256. */
export const DeviceJwk = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  x: Type.String(),
  y: Type.String(),
});
export type DeviceJwk = Static<typeof DeviceJwk>;

/** Payload of an enrolment, signed by the device key it brings (header `jwk`). */
export const EnrolRequest = Type.Object({
  protocol: Type.Integer(),
  token: Type.String(),
  issuedAt: Instant,
  edition: Name,
  channel: Name,
  hostname: Type.String(),
  architecture: Type.String(),
  /** With a deployment token only: digest of the serial number that firmware gives, by which a list places the device. */
  serialSha256: Type.Optional(Sha256),
});
export type EnrolRequest = Static<typeof EnrolRequest>;

/** `deviceId` is the RFC 7638 thumbprint of the key, base64url; the server never chooses it. */
export const EnrolResponse = Type.Object({ deviceId: Type.String(), checkInSeconds: Type.Integer() });
export type EnrolResponse = Static<typeof EnrolResponse>;

export const PolicyObservation = Type.Object({
  id: Type.String(),
  intended: Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
  observed: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  ...Observed.properties,
});
export type PolicyObservation = Static<typeof PolicyObservation>;

/** Everything a device says of itself; each figure carries its age and may be unknown. */
export const DeviceReport = Type.Object({
  edition: Type.Object({ name: Name, version: Type.String(), channel: Name, lockSha256: Sha256 }),
  /** What kind of machine it is, as its settings or its enclosure say. */
  deviceClass: Type.Optional(DeviceClass),
  /** Is the approved release on this channel what runs here, and did its approvals verify on the device? */
  release: Type.Intersect([
    Observed,
    Type.Object({
      version: Type.Optional(Type.String()),
      sequence: Type.Optional(Type.Integer()),
      sha256: Type.Optional(Sha256),
      signedBy: Type.Optional(Type.Array(Name)),
      /** The code of the refusal when verification failed. */
      code: Type.Optional(Type.String()),
    }),
  ]),
  patch: Type.Intersect([
    Observed,
    Type.Object({
      packages: Type.Optional(Type.Integer()),
      differing: Type.Optional(Type.Array(Type.String())),
    }),
  ]),
  antivirus: Type.Intersect([
    Observed,
    Type.Object({
      provider: Type.Optional(Type.String()),
      realTime: Type.Optional(Type.Boolean()),
      definitionsVersion: Type.Optional(Type.String()),
      definitionsBuiltAt: Type.Optional(Instant),
      /** The provider last directed, where another one still protects; and why it does. */
      directed: Type.Optional(Type.String()),
      code: Type.Optional(Type.String({ maxLength: 100 })),
    }),
  ]),
  integrity: Type.Intersect([
    Observed,
    Type.Object({
      checked: Type.Optional(Type.Integer()),
      differing: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    }),
  ]),
  policy: Type.Array(PolicyObservation),
  /** Windows: what the first-boot plan's steps are observed to have done. */
  firstBoot: Type.Optional(Type.Array(FirstBootObservation, { maxItems: 200 })),
  /** Absent where the edition pins no licence key. */
  licence: Type.Optional(LicenceObservation),
  /** SHA-256 of the inventory of installed packages. */
  inventorySha256: Type.Optional(Sha256),
  /** Absent until the device was told a target. */
  rollout: Type.Optional(RolloutReport),
});
export type DeviceReport = Static<typeof DeviceReport>;

/** Payload of a check-in. `counter` grows with each message of one key; a repeat or a step back is a clone or a replay. */
export const CheckInRequest = Type.Object({
  protocol: Type.Integer(),
  deviceId: Type.String(),
  counter: Type.Integer({ minimum: 1 }),
  issuedAt: Instant,
  bootId: Type.String(),
  report: DeviceReport,
});
export type CheckInRequest = Static<typeof CheckInRequest>;

/** The server directs the next check-in; a device adds full jitter. */
export const CheckInResponse = Type.Object({
  receivedAt: Instant,
  nextCheckInSeconds: Type.Integer({ minimum: 1 }),
  target: Type.Optional(RolloutTarget),
  antivirus: Type.Optional(AntivirusDirective),
  /** The device's inventory is not known yet and is asked for. */
  wantsInventory: Type.Optional(Type.Boolean()),
});
export type CheckInResponse = Static<typeof CheckInResponse>;
