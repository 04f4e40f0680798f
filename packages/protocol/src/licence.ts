import Type, { type Static } from 'typebox';
import { Instant, Name } from './common.ts';

/** What a seat is counted for; an entitlement grants seats of one class. */
export const DeviceClass = Type.Union([
  Type.Literal('desktop'),
  Type.Literal('laptop'),
  Type.Literal('thin-client'),
  Type.Literal('server'),
  Type.Literal('virtual'),
]);
export type DeviceClass = Static<typeof DeviceClass>;

/** The first 12 bytes of SHA-256 over `imprint-fact/v1 <kind> <value>`, base64url: compared, never read back. */
const FactDigest = Type.String({ pattern: '^[A-Za-z0-9_-]{16}$' });

/**
 * Digests of what identifies a machine's hardware; a fact that the machine does not offer is absent. Network addresses and
 * removable or virtual devices are never facts: they change by themselves.
 */
export const HardwareFacts = Type.Object(
  {
    /** The TPM's endorsement key. */
    tpm: Type.Optional(FactDigest),
    board: Type.Optional(FactDigest),
    disk: Type.Optional(FactDigest),
    cpu: Type.Optional(FactDigest),
    memory: Type.Optional(FactDigest),
  },
  { additionalProperties: false },
);
export type HardwareFacts = Static<typeof HardwareFacts>;

/** 16 random bytes, base64url. */
export const Nonce = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' });

/**
 * Payload of a lease request, signed by the device key it brings (header `jwk`): activates, renews and re-applies, online
 * and offline. A device keeps the nonce until it has an answer, so that a lost answer can be asked for again.
 */
export const LeaseRequest = Type.Object(
  {
    protocol: Type.Integer(),
    nonce: Nonce,
    issuedAt: Instant,
    edition: Name,
    deviceClass: DeviceClass,
    /** Generation of the lease held, 0 for none: two holders of one number are a clone. */
    generation: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
    facts: HardwareFacts,
    /** A person at the device says that its hardware was changed. */
    rebind: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: true },
);
export type LeaseRequest = Static<typeof LeaseRequest>;

/** A licence token: a compact JWS (RFC 7515) and, in the dual profile, a second SM2 signature over the same signing input, r ‖ s in base64url. */
export const LicenceToken = Type.Object({
  token: Type.String({ maxLength: 8192 }),
  national: Type.Optional(Type.String({ maxLength: 86 })),
});
export type LicenceToken = Static<typeof LicenceToken>;

/** Claims of a lease: an activation certificate that is worth nothing without the device key. Instants in seconds (RFC 7519 §2). */
export const LeaseClaims = Type.Object({
  iss: Type.Literal('imprint'),
  /** `<activation>.<generation>`; a lease typed in by hand has none. */
  jti: Type.Optional(Type.String()),
  /** Device id. */
  sub: Type.String(),
  iat: Type.Integer(),
  nbf: Type.Integer(),
  exp: Type.Integer(),
  edition: Name,
  class: DeviceClass,
  /** The agency whose seat this is. */
  agency: Type.Optional(Type.String()),
  features: Type.Array(Name),
  generation: Type.Integer({ minimum: 1 }),
  /** When to renew: before it the server need not be asked. */
  renew: Type.Integer(),
  /** Seconds of grace after `exp`. */
  grace: Type.Integer({ minimum: 0 }),
  /** Of the request it answers. */
  nonce: Nonce,
  /** RFC 7638 thumbprint of the device key (RFC 7800 §3.1). */
  cnf: Type.Object({ jkt: Type.String() }),
  /** Set on a seat beyond those agreed: until when it is tolerated. */
  overage: Type.Optional(Type.Integer()),
});
export type LeaseClaims = Static<typeof LeaseClaims>;

/** Answer to a lease request. A seat beyond those agreed is valid and says so. */
export const LeaseAnswer = Type.Object({
  valid: Type.Literal(true),
  lease: LicenceToken,
  activation: Type.String(),
  code: Type.Optional(Type.Literal('SEATS_OVERAGE')),
  overage: Type.Optional(Type.Object({ count: Type.Integer(), until: Type.Optional(Instant) })),
});
export type LeaseAnswer = Static<typeof LeaseAnswer>;

export const RevocationReason = Type.Union([
  Type.Literal('agreement-ended'),
  Type.Literal('lost-or-stolen'),
  Type.Literal('retired'),
  Type.Literal('misuse'),
  Type.Literal('transferred'),
  Type.Literal('duplicate'),
  Type.Literal('mistake'),
]);
export type RevocationReason = Static<typeof RevocationReason>;

/** Claims of the revocation list. Leases of a device up to and including `generation` no longer count. */
export const RevocationClaims = Type.Object({
  iss: Type.Literal('imprint'),
  /** Grows with each list; a device never goes back. */
  number: Type.Integer({ minimum: 0 }),
  iat: Type.Integer(),
  revoked: Type.Array(
    Type.Object({
      device: Type.String(),
      generation: Type.Integer({ minimum: 1 }),
      reason: RevocationReason,
      at: Type.Integer(),
    }),
  ),
});
export type RevocationClaims = Static<typeof RevocationClaims>;

/** A device's licence as it sees it itself. No state withholds security patches, antivirus definitions or a person's own data. */
export const LicenceState = Type.Union([
  Type.Literal('unactivated'),
  Type.Literal('active'),
  Type.Literal('renewal_due'),
  Type.Literal('grace'),
  Type.Literal('restricted'),
  Type.Literal('revoked'),
  Type.Literal('clock_suspect'),
  Type.Literal('duplicate_suspect'),
]);
export type LicenceState = Static<typeof LicenceState>;

export const LicenceObservation = Type.Object({
  state: LicenceState,
  observedAt: Instant,
  leaseEndsAt: Type.Optional(Instant),
  generation: Type.Optional(Type.Integer()),
  /** The code of the last refusal. */
  code: Type.Optional(Type.String()),
});
export type LicenceObservation = Static<typeof LicenceObservation>;
