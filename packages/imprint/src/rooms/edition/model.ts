import { BuildRecord, Instant, Name, Sha256 } from '@imprint/protocol';
import Type, { type Static } from 'typebox';

/** A build the server knows: the record as the press wrote it, by the digest of its canonical JSON. */
export const Build = Type.Object({ sha256: Sha256, registeredAt: Instant, record: BuildRecord });
export type Build = Static<typeof Build>;

/** An edition as its builds show it. */
export const Edition = Type.Object({
  name: Name,
  builds: Type.Integer(),
  latestVersion: Type.String(),
  latestBuiltAt: Instant,
});
export type Edition = Static<typeof Edition>;
