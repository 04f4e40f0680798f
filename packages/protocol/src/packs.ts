import Type, { type Static } from 'typebox';
import { Sha256 } from './common.ts';
import { packLimits } from './pack-limits.ts';

const strict = { additionalProperties: false } as const;
const Bytes = Type.Integer({ minimum: 0, maximum: packLimits.deb });

/** One binary package version. */
export const PackedPackage = Type.Object(
  { name: Type.String(), version: Type.String(), architecture: Type.String() },
  strict,
);
export type PackedPackage = Static<typeof PackedPackage>;

/** The canonical `.deb` that comes out: what a repository's index lists and apt checks again. */
export const CanonicalDeb = Type.Object({ sha256: Sha256, sizeBytes: Bytes }, strict);
export type CanonicalDeb = Static<typeof CanonicalDeb>;

/** A stored frame: its length and its SHA-256. */
export const PackFrame = Type.Tuple([Bytes, Sha256]);
export type PackFrame = Static<typeof PackFrame>;

/** What a signed manifest says of a pack or patch: the digest of its head, which lists the digests of all that follows. */
export const PackReference = Type.Object(
  { sha256: Sha256, headBytes: Bytes, sizeBytes: Bytes, deb: CanonicalDeb },
  strict,
);
export type PackReference = Static<typeof PackReference>;

/** A pack: the canonical `.deb` in frames that unpack one by one, in order. */
export const PackIndex = Type.Object(
  {
    package: PackedPackage,
    deb: CanonicalDeb,
    frames: Type.Array(PackFrame),
  },
  strict,
);
export type PackIndex = Static<typeof PackIndex>;

const StreamSizes = Type.Tuple([Bytes, Bytes]);

/** A patch: how the canonical `.deb` follows from the files of one installed version. */
export const PatchIndex = Type.Object(
  {
    package: PackedPackage,
    from: PackedPackage,
    deb: CanonicalDeb,
    /** The script is this much of the beginning of the stream `plan`. */
    scriptBytes: Bytes,
    streams: Type.Object(
      { plan: StreamSizes, control: StreamSizes, diff: StreamSizes, extra: StreamSizes },
      strict,
    ),
    frames: Type.Array(PackFrame),
    /** Where to find what an installed file cannot give: the pack of the same canonical `.deb`. */
    pack: Type.Object({ sha256: Sha256, headBytes: Bytes, frames: Type.Array(PackFrame) }, strict),
  },
  strict,
);
export type PatchIndex = Static<typeof PatchIndex>;

const base = {
  /** `data/` and a path of the package's tree, or `control/` and a member of its control archive. */
  path: Type.String(),
  sizeBytes: Bytes,
  /** The first 16 hexadecimal digits of the file's SHA-256: enough to choose by, the whole `.deb` is checked in the end. */
  digest: Type.String({ pattern: '^[0-9a-f]{16}$' }),
};

/**
 * One step of a patch's script, which is a JSON array of them. Each gives the next bytes of the canonical `.deb`: a number,
 * that many of `plan`; `['w', n]`, n of `extra`; `['s', path, size, digest]`, an installed file as it is;
 * `['b', path, size, digest, n]`, n bytes by bsdiff's triples from an installed file; `['z', path, size, digest, n, plain]`, n bytes
 * that `gzip -9n` makes of `plain` bytes, which follow by triples from what the installed file unpacks to.
 */
export const PatchStep = Type.Union([
  Bytes,
  Type.Tuple([Type.Literal('w'), Bytes]),
  Type.Tuple([Type.Literal('s'), base.path, base.sizeBytes, base.digest]),
  Type.Tuple([Type.Literal('b'), base.path, base.sizeBytes, base.digest, Bytes]),
  Type.Tuple([Type.Literal('z'), base.path, base.sizeBytes, base.digest, Bytes, Bytes]),
]);
export type PatchStep = Static<typeof PatchStep>;
