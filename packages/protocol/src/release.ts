import Type, { type Static } from 'typebox';
import { AntivirusProvider } from './antivirus.ts';
import { Digests, Instant, Name, Sha256 } from './common.ts';
import { ArtifactKind, EvidenceKind, IntegrityCounts } from './evidence.ts';

const FileRecord = { name: Type.String(), digests: Digests, sizeBytes: Type.Integer() };

/** A release, complete by digest; the TUF target `<edition>/<channel>/release.json` in role `release`. */
export const ReleaseManifest = Type.Object({
  schema: Type.Literal('imprint/release/v1'),
  edition: Name,
  version: Type.String(),
  channel: Name,
  /** Grows by at least one with each release of a channel; a device never goes back. */
  sequence: Type.Integer({ minimum: 1 }),
  proposedAt: Instant,
  expiresAt: Instant,
  base: Type.Union([
    Type.Object({ family: Type.Literal('debian'), suite: Type.String(), packages: Type.Integer() }),
    Type.Object({
      family: Type.Literal('windows'),
      /** The vendor's name of the edition, for instance `Enterprise`. */
      editionId: Type.String(),
      /** For instance `10.0.19045.3803`. */
      build: Type.String(),
      /** Digests of the vendor's files, in order. */
      imageSha256: Type.Array(Sha256),
    }),
  ]),
  lockSha256: Sha256,
  artifacts: Type.Array(Type.Object({ kind: ArtifactKind, ...FileRecord })),
  evidence: Type.Array(Type.Object({ kind: EvidenceKind, ...FileRecord })),
  integrity: IntegrityCounts,
  /** What brings devices of earlier releases here in place; absent: they are set up anew. */
  patchSet: Type.Optional(Type.Object(FileRecord)),
  /** Antivirus providers a device of this release may run; absent: only the one in the image. */
  antivirusProviders: Type.Optional(Type.Array(AntivirusProvider)),
  mutableCoreSha256: Type.Optional(Sha256),
  antivirusDefinitions: Type.Optional(
    Type.Object({ version: Type.String(), builtAt: Instant, sha256: Sha256 }),
  ),
  /** Policy baseline as intended, so a device can compare what it observes: policy id → intended value. */
  policy: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  /** Why it may go out with the fewer approvals that the pinned root allows in an emergency; the others follow. */
  emergency: Type.Optional(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) })),
  previous: Type.Optional(Type.Object({ version: Type.String(), sequence: Type.Integer(), sha256: Sha256 })),
});
export type ReleaseManifest = Static<typeof ReleaseManifest>;

/** Who may approve: parties by name, each with its keys and how many of them must sign. Pinned in root as `x-imprint-parties`. */
export const PartyPolicy = Type.Object({
  /** Every party listed is mandatory. */
  parties: Type.Record(
    Name,
    Type.Object({
      title: Type.Object({ en: Type.String(), 'zh-CN': Type.String() }),
      threshold: Type.Integer({ minimum: 1 }),
      /** Key ids (SHA-256 of the parsed SubjectPublicKeyInfo), standard suites. */
      keyIds: Type.Array(Sha256),
      /** SM2 key ids, demanded in the national and dual profiles. */
      nationalKeyIds: Type.Optional(Type.Array(Sha256)),
    }),
  ),
});
export type PartyPolicy = Static<typeof PartyPolicy>;

/** How few approvals are enough in an emergency, and how long. Pinned in root as `x-imprint-emergency`. */
export const EmergencyPolicy = Type.Object({
  /** Signatures by party, none or more; a party that is not named keeps its threshold. */
  thresholds: Type.Record(Name, Type.Integer({ minimum: 0 })),
  /** Hours from the proposal within which every party has to approve; devices refuse the release afterwards. */
  withinHours: Type.Integer({ minimum: 1, maximum: 168 }),
});
export type EmergencyPolicy = Static<typeof EmergencyPolicy>;
