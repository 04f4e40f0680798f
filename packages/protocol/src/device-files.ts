import Type, { type Static } from 'typebox';
import { Instant, Name, Sha256 } from './common.ts';
import { DeviceClass } from './licence.ts';

/** `/etc/imprint/agent.json`: where the device reports and which edition and channel it follows. */
export const AgentSettings = Type.Object({
  server: Type.String({ format: 'uri' }),
  edition: Name,
  channel: Name,
  /** Whose seat the device takes, where its enclosure does not say it: no enclosure says that it is a thin client. */
  deviceClass: Type.Optional(DeviceClass),
  /** Releases are downloaded no faster than this; absent: as fast as the network gives. */
  downloadBytesPerSecond: Type.Optional(Type.Integer({ minimum: 1024 })),
});
export type AgentSettings = Static<typeof AgentSettings>;

/** `/usr/lib/imprint/edition.json`: what was pressed into this image. */
export const EditionIdentity = Type.Object({
  edition: Name,
  version: Type.String(),
  channel: Name,
  lockSha256: Sha256,
  /** Windows: the vendor's edition and build the image was pressed from, for instance `10.0.19045.3803`. */
  windows: Type.Optional(Type.Object({ editionId: Type.String(), build: Type.String() })),
});
export type EditionIdentity = Static<typeof EditionIdentity>;

/** `/usr/lib/imprint/antivirus-definitions.json`: the edition's own signed set, file names relative to the scanner's database directory. */
export const AntivirusDefinitions = Type.Object({
  version: Type.String(),
  builtAt: Instant,
  files: Type.Array(Type.Object({ name: Type.String(), sha256: Sha256 })),
});
export type AntivirusDefinitions = Static<typeof AntivirusDefinitions>;
