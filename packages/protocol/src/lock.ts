import Type, { type Static } from 'typebox';
import { Name, Sha256 } from './common.ts';
import { EditionManifest } from './manifest.ts';

const strict = { additionalProperties: false } as const;

/** One upstream package, pinned by digest. Sizes in bytes. */
export const LockedPackage = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    architecture: Type.String(),
    source: Type.Object({ name: Type.String(), version: Type.String() }, strict),
    /** Which archive the resolver took it from. */
    archive: Type.Union([Type.Literal('base'), Type.Literal('updates'), Type.Literal('security')]),
    /** Path below the archive's mirror. */
    path: Type.String(),
    sha256: Sha256,
    sizeBytes: Type.Integer({ minimum: 1 }),
  },
  strict,
);
export type LockedPackage = Static<typeof LockedPackage>;

/** One file the edition brings in (a certificate, a local package, the pinned root), kept in the content store. */
export const LockedInput = Type.Object(
  {
    role: Type.Union([
      Type.Literal('component'),
      Type.Literal('component-evidence'),
      Type.Literal('antivirus-definitions'),
      Type.Literal('trust-root'),
      Type.Literal('release-root'),
      Type.Literal('mutable-core'),
    ]),
    /** Component name or file name; unique within a role. */
    name: Type.String(),
    sha256: Sha256,
    sizeBytes: Type.Integer({ minimum: 0 }),
  },
  strict,
);
export type LockedInput = Static<typeof LockedInput>;

/** A signed upstream index the packages were resolved from. */
export const LockedArchive = Type.Object(
  {
    archive: Type.Union([Type.Literal('base'), Type.Literal('updates'), Type.Literal('security')]),
    mirror: Type.String(),
    suite: Type.String(),
    inReleaseSha256: Sha256,
    date: Type.String({ format: 'date-time' }),
  },
  strict,
);
export type LockedArchive = Static<typeof LockedArchive>;

/** Exact inputs of an edition; builds from it need no network. Lists are sorted by name. */
export const EditionLock = Type.Object(
  {
    lockVersion: Type.Literal(1),
    edition: Name,
    version: Type.String(),
    /** The resolved manifest, overlays applied. */
    manifest: EditionManifest,
    architecture: Type.Literal('amd64'),
    /** Seconds since the epoch every built timestamp is clamped to: the newest archive date. */
    sourceDateEpoch: Type.Integer({ minimum: 0 }),
    archives: Type.Array(LockedArchive),
    /** Upstream packages of the image: `base` the profile, `packages` what the manifest asks for beyond it. */
    base: Type.Array(LockedPackage),
    packages: Type.Array(LockedPackage),
    /** Upstream tools that press the outputs (mke2fs, mksquashfs, grub): never in the image. */
    tools: Type.Array(LockedPackage),
    inputs: Type.Array(LockedInput),
    /** What overlays replaced on the way to `manifest`; `by` is the overlay's file relative to the manifest's. */
    overrides: Type.Optional(
      Type.Array(
        Type.Object({ pointer: Type.String(), from: Type.Any(), to: Type.Any(), by: Type.String() }, strict),
      ),
    ),
  },
  strict,
);
export type EditionLock = Static<typeof EditionLock>;
