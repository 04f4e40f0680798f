import Type, { type Static } from 'typebox';

/** A SHA-256 digest, 64 lowercase hexadecimal digits. */
export const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
});
/** An SM3 digest (GB/T 32905), 64 lowercase hexadecimal digits. */
export const Sm3 = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** A UTC instant, RFC 3339 with `Z`. */
export const Instant = Type.String({ format: 'date-time' });
/** An edition's or channel's name: also a path segment and a TUF target prefix. */
export const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', examples: ['gov-desktop'] });

/** Digests of one byte string; `sm3` is present in the national and dual profiles. */
export const Digests = Type.Object({ sha256: Sha256, sm3: Type.Optional(Sm3) });
export type Digests = Static<typeof Digests>;

export const LocalizedText = Type.Object({ en: Type.String(), 'zh-CN': Type.String() });
export type LocalizedText = Static<typeof LocalizedText>;

/** National cryptography profile, pinned in root: which signature suites a device demands. */
export const CryptoProfile = Type.Union([
  Type.Literal('intl'),
  Type.Literal('national'),
  Type.Literal('dual'),
]);
export type CryptoProfile = Static<typeof CryptoProfile>;

/** Sectors an agency may belong to. */
export const Sector = Type.Union([
  Type.Literal('government'),
  Type.Literal('energy'),
  Type.Literal('telecoms'),
  Type.Literal('transport'),
  Type.Literal('finance'),
  Type.Literal('other'),
]);
export type Sector = Static<typeof Sector>;
