import Type, { type Static } from 'typebox';
import { Instant, Name, Sha256 } from './common.ts';

/** Which of the providers that its approved release allows a device is to run; exactly one protects in real time. */
export const AntivirusDirective = Type.Object({
  provider: Name,
  /** Whose definitions set it takes. */
  definitionsRing: Name,
});
export type AntivirusDirective = Static<typeof AntivirusDirective>;

/** A set of definitions as its signers publish it for one provider and ring: payload of a DSSE envelope. */
export const DefinitionsManifest = Type.Object({
  schema: Type.Literal('imprint/definitions/v1'),
  edition: Name,
  provider: Name,
  /** Signed for this ring alone: no mirror can give a canary's set to everyone. */
  ring: Name,
  version: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$' }),
  /** Grows with each set of a provider, whatever the ring; a device never goes back. */
  sequence: Type.Integer({ minimum: 1 }),
  builtAt: Instant,
  files: Type.Array(
    Type.Object({
      name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' }),
      sha256: Sha256,
      sizeBytes: Type.Integer({ minimum: 0 }),
    }),
    { minItems: 1, maxItems: 100 },
  ),
});
export type DefinitionsManifest = Static<typeof DefinitionsManifest>;

/** One provider as an approved release allows it: with the release, every party has approved this record. */
export const AntivirusProvider = Type.Object({
  name: Name,
  title: Type.Object({ en: Type.String(), 'zh-CN': Type.String() }),
  supplier: Type.String(),
  /** `clamav`, or `script`: the provider's own program answers the contract. */
  adapter: Type.Union([Type.Literal('clamav'), Type.Literal('script')]),
  /** Until when it may be chosen anew; a device that runs it keeps it, and says so. */
  approvedUntil: Instant,
  /** What it sends out of the device, in words; empty: nothing. */
  sendsOut: Type.Array(Type.Object({ en: Type.String(), 'zh-CN': Type.String() })),
  /** Absent: it is part of the image. */
  installer: Type.Optional(
    Type.Object({
      package: Type.String(),
      version: Type.String(),
      sha256: Sha256,
      sizeBytes: Type.Integer(),
    }),
  ),
});
export type AntivirusProvider = Static<typeof AntivirusProvider>;
