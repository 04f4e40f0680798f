/** One member of a package's data archive; hard links carry the content of what they name. */
export interface ReferenceMember {
  /** Absolute, as the package states it: not yet diverted, nor canonical under merged `/usr`. */
  readonly path: string;
  readonly type: 'file' | 'symlink' | 'directory' | 'character' | 'block' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes?: number;
  readonly sha256?: string;
  readonly link?: string;
}

/** What upstream says a package is, taken from the bytes of its `.deb`. */
export interface PackageReference {
  readonly schema: 'imprint/reference/v1';
  readonly sha256: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly maintainer: string;
  readonly homepage?: string;
  readonly description: string;
  readonly conffiles: readonly string[];
  /** Kinds of maintainer scripts it brings, sorted (`postinst`, `prerm`, `triggers`, …). */
  readonly scripts: readonly string[];
  /** Licence short names of a machine-readable copyright file, sorted; empty if there is none. */
  readonly licences: readonly string[];
  readonly members: readonly ReferenceMember[];
}

/** The name a reference goes by in entries: `name_version`. */
export function originOf(reference: Pick<PackageReference, 'name' | 'version'>): string {
  return `${reference.name}_${reference.version}`;
}
