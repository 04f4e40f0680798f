import Type, { type Static } from 'typebox';
import { Digests, Instant, Sha256 } from './common.ts';

/** core: as upstream shipped or generated it · overlay: added by the edition · modified: a core path that differs. */
export const FileClass = Type.Union([
  Type.Literal('core'),
  Type.Literal('overlay'),
  Type.Literal('modified'),
]);
export type FileClass = Static<typeof FileClass>;

/** One path of an image. `origin` is the upstream package (`name_version`), or the step that wrote it. */
export const IntegrityEntry = Type.Object({
  path: Type.String(),
  type: Type.Union([
    Type.Literal('file'),
    Type.Literal('directory'),
    Type.Literal('symlink'),
    Type.Literal('character'),
    Type.Literal('block'),
    Type.Literal('fifo'),
  ]),
  /** Permission bits including setuid, setgid and sticky (07777). */
  mode: Type.Integer(),
  uid: Type.Integer(),
  gid: Type.Integer(),
  sizeBytes: Type.Optional(Type.Integer()),
  sha256: Type.Optional(Sha256),
  link: Type.Optional(Type.String()),
  /** Major and minor number of a device node. */
  device: Type.Optional(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 })),
  /** Extended attributes, base64 by name (security.capability and friends). */
  xattrs: Type.Optional(Type.Record(Type.String(), Type.String())),
  class: FileClass,
  origin: Type.String(),
  /** How the class is known: `package` digest of the .deb's member · `clean-build` the same bytes came out of the build without the overlay · `step` written by an edition step · `agreed` modified under the vendor's agreement · `database` dpkg's own records, compared by meaning. */
  evidence: Type.Union([
    Type.Literal('package'),
    Type.Literal('clean-build'),
    Type.Literal('step'),
    Type.Literal('agreed'),
    Type.Literal('database'),
  ]),
  /** True where a running system rewrites the path (machine-id, logs): a device does not compare its content. */
  volatile: Type.Optional(Type.Boolean()),
});
export type IntegrityEntry = Static<typeof IntegrityEntry>;

export const IntegrityCounts = Type.Object({
  core: Type.Integer(),
  overlay: Type.Integer(),
  modified: Type.Integer(),
  missing: Type.Integer(),
  violations: Type.Integer(),
});
export type IntegrityCounts = Static<typeof IntegrityCounts>;

/** The signed integrity manifest of an image: entries sorted by path, shipped gzipped as `integrity.json.gz`. */
export const IntegrityManifest = Type.Object({
  schema: Type.Literal('imprint/integrity/v1'),
  edition: Type.String(),
  version: Type.String(),
  lockSha256: Sha256,
  /** RFC 6962 tree over each entry's canonical JSON. */
  merkleRoot: Sha256,
  counts: IntegrityCounts,
  mutableCoreSha256: Type.Optional(Sha256),
  entries: Type.Array(IntegrityEntry),
});
export type IntegrityManifest = Static<typeof IntegrityManifest>;

/** One path of a WIM image. `origin` is the vendor's image, or the step that wrote it. */
export const WimIntegrityEntry = Type.Object({
  path: Type.String(),
  type: Type.Union([Type.Literal('file'), Type.Literal('directory'), Type.Literal('reparse')]),
  /** FILE_ATTRIBUTE_* bits. */
  attributes: Type.Integer(),
  sizeBytes: Type.Optional(Type.Integer()),
  /** The unnamed stream's digest, which is what the format has. */
  sha1: Type.Optional(Type.String()),
  /** Present where the edition wrote the content. */
  sha256: Type.Optional(Sha256),
  /** SHA-1 of each named stream. */
  streams: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** SHA-256 of the self-relative security descriptor; absent where the path has none and inherits. */
  securityDescriptor: Type.Optional(Sha256),
  shortName: Type.Optional(Type.String()),
  /** First path, in order, of the hard links to the same file; absent for a file with one name. */
  linkedWith: Type.Optional(Type.String()),
  class: FileClass,
  origin: Type.String(),
  /** `image` the same as in the vendor's image · `step` written by an edition step · `agreed` modified under the vendor's agreement. */
  evidence: Type.Union([Type.Literal('image'), Type.Literal('step'), Type.Literal('agreed')]),
  /** True where a running system rewrites the path: a device does not compare its content. */
  volatile: Type.Optional(Type.Boolean()),
});
export type WimIntegrityEntry = Static<typeof WimIntegrityEntry>;

/** The signed integrity manifest of a Windows edition's image, entries sorted by path. */
export const WimIntegrityManifest = Type.Object({
  schema: Type.Literal('imprint/integrity-wim/v1'),
  edition: Type.String(),
  version: Type.String(),
  lockSha256: Sha256,
  merkleRoot: Sha256,
  counts: IntegrityCounts,
  mutableCoreSha256: Type.Optional(Sha256),
  entries: Type.Array(WimIntegrityEntry),
});
export type WimIntegrityManifest = Static<typeof WimIntegrityManifest>;

export const AnyIntegrityManifest = Type.Union([IntegrityManifest, WimIntegrityManifest]);
export type AnyIntegrityManifest = Static<typeof AnyIntegrityManifest>;

export const ArtifactKind = Type.Union([
  Type.Literal('rootfs'),
  Type.Literal('squashfs'),
  Type.Literal('disk'),
  Type.Literal('wim'),
  Type.Literal('swm'),
  Type.Literal('iso'),
  Type.Literal('esd'),
]);
export const EvidenceKind = Type.Union([
  Type.Literal('integrity'),
  Type.Literal('core-integrity-statement'),
  Type.Literal('sbom-cyclonedx'),
  Type.Literal('sbom-spdx'),
  Type.Literal('provenance'),
  Type.Literal('colophon'),
  Type.Literal('first-boot-plan'),
  Type.Literal('registry-changes'),
  Type.Literal('catalog'),
  Type.Literal('device-checklist'),
]);

const FileRecord = { name: Type.String(), digests: Digests, sizeBytes: Type.Integer() };

/** What a build leaves behind (`build.json`): artifacts and evidence by digest, beside the files themselves. */
export const BuildRecord = Type.Object({
  schema: Type.Literal('imprint/build/v1'),
  edition: Type.String(),
  version: Type.String(),
  lockSha256: Sha256,
  planSha256: Sha256,
  profile: Type.Union([Type.Literal('preview'), Type.Literal('release')]),
  artifacts: Type.Array(Type.Object({ kind: ArtifactKind, ...FileRecord })),
  evidence: Type.Array(Type.Object({ kind: EvidenceKind, ...FileRecord })),
  counts: IntegrityCounts,
});
export type BuildRecord = Static<typeof BuildRecord>;

/** One figure about a device: `unknown` where it cannot be known, and always with its age's start. */
export const Observed = Type.Object({
  state: Type.Union([
    Type.Literal('ok'),
    Type.Literal('stale'),
    Type.Literal('unknown'),
    Type.Literal('failing'),
  ]),
  /** When the fact was observed; absent only when the state is unknown because nothing ever was. */
  observedAt: Type.Optional(Instant),
  reason: Type.Optional(Type.String()),
});
export type Observed = Static<typeof Observed>;
