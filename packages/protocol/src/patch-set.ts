import Type, { type Static } from 'typebox';
import { Name, Sha256 } from './common.ts';
import { CanonicalDeb, PackReference } from './packs.ts';

/** Bounds of a patch set that its maker keeps and its readers insist on. */
export const patchSetLimits = {
  documentBytes: 16 * 1024 * 1024,
  packages: 10_000,
  /** Earlier releases that one set starts from. */
  releases: 8,
  /** Old versions of one package that it has patches from. */
  patches: 8,
} as const;

/** One package of a patch set: its whole content as a pack, and patches from versions that devices may run. */
export const PatchSetPackage = Type.Object({
  name: Type.String(),
  version: Type.String(),
  architecture: Type.String(),
  deb: CanonicalDeb,
  pack: PackReference,
  patches: Type.Array(
    Type.Object({ fromVersion: Type.String(), fromArchitecture: Type.String(), patch: PackReference }),
    { maxItems: patchSetLimits.patches },
  ),
});
export type PatchSetPackage = Static<typeof PatchSetPackage>;

/**
 * What brings a device from an earlier release to this one in place; a file of the release by digest. Files that no package
 * ships as they are (the edition's own, generated ones) are not listed: the integrity manifest names their digests, and each is a
 * blob of its own.
 */
export const PatchSet = Type.Object({
  schema: Type.Literal('imprint/patch-set/v1'),
  edition: Name,
  version: Type.String(),
  /** Of the release it leads to. */
  lockSha256: Sha256,
  /** Releases from which the packages below suffice. A device that runs none of them is not patched in place. */
  from: Type.Array(Type.Object({ version: Type.String(), lockSha256: Sha256 }), {
    minItems: 1,
    maxItems: patchSetLimits.releases,
  }),
  /** Sorted by name and architecture: every package that one of `from` lacks or has in another version. */
  packages: Type.Array(PatchSetPackage, { maxItems: patchSetLimits.packages }),
});
export type PatchSet = Static<typeof PatchSet>;
