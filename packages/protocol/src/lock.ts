import Type, { type Static } from 'typebox';
import { Name, Sha256 } from './common.ts';
import { type DebianManifest, EditionManifest, type WindowsManifest } from './manifest.ts';

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
      Type.Literal('antivirus-alternative'),
      Type.Literal('trust-root'),
      Type.Literal('release-root'),
      Type.Literal('archive-key'),
      Type.Literal('mutable-core'),
      Type.Literal('publisher-root'),
      Type.Literal('language-pack'),
      Type.Literal('update'),
      Type.Literal('catalog-signer'),
      Type.Literal('vendor-root'),
    ]),
    /** Component name or file name; unique within a role. */
    name: Type.String(),
    sha256: Sha256,
    sizeBytes: Type.Integer({ minimum: 0 }),
    /** A package that is not in the image: what it says of itself. */
    deb: Type.Optional(Type.Object({ package: Type.String(), version: Type.String() }, strict)),
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

/** What overlays replaced on the way to `manifest`; `by` is the overlay's file relative to the manifest's. */
const Overrides = Type.Array(
  Type.Object({ pointer: Type.String(), from: Type.Any(), to: Type.Any(), by: Type.String() }, strict),
);

const common = {
  lockVersion: Type.Literal(1),
  edition: Name,
  version: Type.String(),
  architecture: Type.Literal('amd64'),
  /** Seconds since the epoch every built timestamp is clamped to. */
  sourceDateEpoch: Type.Integer({ minimum: 0 }),
  inputs: Type.Array(LockedInput),
  overrides: Type.Optional(Overrides),
};

/** Exact inputs of a Debian edition; builds from it need no network. Lists are sorted by name. */
export const DebianLock = Type.Object(
  {
    ...common,
    /** The resolved manifest, overlays applied. */
    manifest: Type.Unsafe<DebianManifest>(EditionManifest),
    /** The newest of their dates is `sourceDateEpoch`. */
    archives: Type.Array(LockedArchive),
    /** Upstream packages of the image: `base` the profile, `packages` what the manifest asks for beyond it. */
    base: Type.Array(LockedPackage),
    packages: Type.Array(LockedPackage),
    /** Upstream tools that press the outputs (mke2fs, mksquashfs, grub): never in the image. */
    tools: Type.Array(LockedPackage),
  },
  strict,
);
export type DebianLock = Static<typeof DebianLock>;

/** A file of the vendor's, kept in the content store. */
export const LockedFile = Type.Object(
  { name: Type.String(), sha256: Sha256, sizeBytes: Type.Integer({ minimum: 1 }) },
  strict,
);
export type LockedFile = Static<typeof LockedFile>;

/** A Windows image and what it says of itself. */
export const LockedImage = Type.Object(
  {
    /** The files the image is read from: one `.wim`, or every part of a split set in order. */
    parts: Type.Array(LockedFile, { minItems: 1 }),
    /** The installation medium it came on. */
    medium: Type.Optional(LockedFile),
    /** From 1. */
    index: Type.Integer({ minimum: 1 }),
    name: Type.String(),
    /** The vendor's name of the edition, for instance `Enterprise`. */
    editionId: Type.String(),
    installationType: Type.String(),
    version: Type.Object(
      { major: Type.Integer(), minor: Type.Integer(), build: Type.Integer(), revision: Type.Integer() },
      strict,
    ),
    languages: Type.Array(Type.String()),
    defaultLanguage: Type.String(),
    files: Type.Integer(),
    directories: Type.Integer(),
    totalBytes: Type.Integer(),
    /** The control set a device starts with, by `Select\\Current`. */
    controlSet: Type.String({ pattern: '^ControlSet[0-9]{3}$' }),
    /** The hives an edition may edit, as the image has them. `path` begins with `/`; `version` as in its header. */
    hives: Type.Array(
      Type.Object(
        {
          path: Type.String(),
          sha1: Type.String({ pattern: '^[0-9a-f]{40}$' }),
          version: Type.String(),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type LockedImage = Static<typeof LockedImage>;

/** Whose Authenticode signature a component carries. `unverified`: no publisher root was given to check it against. */
export const ComponentSignature = Type.Object(
  {
    component: Type.String(),
    state: Type.Union([Type.Literal('verified'), Type.Literal('unverified'), Type.Literal('unsigned')]),
    signer: Type.Optional(Type.String()),
    /** SHA-1 of the signer's certificate, 40 hexadecimal digits: the name Windows gives it. */
    thumbprint: Type.Optional(Type.String()),
  },
  strict,
);
export type ComponentSignature = Static<typeof ComponentSignature>;

/** Exact inputs of a Windows edition; builds from it need no network. */
export const WindowsLock = Type.Object(
  {
    ...common,
    manifest: Type.Unsafe<WindowsManifest>(EditionManifest),
    /** The instant of its last modification is `sourceDateEpoch`. */
    image: LockedImage,
    /** One for each component that is a program or an installer, sorted by component. */
    signatures: Type.Array(ComponentSignature),
  },
  strict,
);
export type WindowsLock = Static<typeof WindowsLock>;

export const EditionLock = Type.Union([DebianLock, WindowsLock]);
export type EditionLock = DebianLock | WindowsLock;

export function isWindowsLock(lock: EditionLock): lock is WindowsLock {
  return 'image' in lock;
}
