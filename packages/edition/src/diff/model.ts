import type { AnyIntegrityManifest, EditionLock, PolicyValue } from '@imprint/protocol';

/** One side of a comparison: a lock, and the integrity manifest of its build where there is one. */
export interface EditionState {
  readonly lock: EditionLock;
  readonly lockSha256: string;
  readonly integrity?: AnyIntegrityManifest | undefined;
}

export interface PackageChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'newer' | 'older' | 'same';
  readonly source: string;
  /** CVE ids the packages' changelogs name between the two versions; absent where no changelog could be read. */
  readonly cves?: readonly string[];
}

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

export interface ValueChange {
  readonly id: string;
  readonly from?: PolicyValue;
  readonly to?: PolicyValue;
}

export interface CveChange {
  readonly id: string;
  /** Source packages whose changelogs name it. */
  readonly sources: readonly string[];
}

export interface FileChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What differs from edition `from` to edition `to`; every list is sorted. */
export interface EditionDiff {
  readonly schema: 'imprint/edition-diff/v1';
  readonly from: { readonly edition: string; readonly version: string; readonly lockSha256: string };
  readonly to: { readonly edition: string; readonly version: string; readonly lockSha256: string };
  readonly packages: {
    readonly added: readonly PackageVersion[];
    readonly removed: readonly PackageVersion[];
    readonly changed: readonly PackageChange[];
  };
  readonly cves: {
    readonly closed: readonly CveChange[];
    /** Named between the versions of a package that went back to an older one. */
    readonly reopened: readonly CveChange[];
    /** Changed packages whose changelog could not be read: what they close is unknown. */
    readonly unknown: readonly string[];
  };
  readonly policy: readonly ValueChange[];
  readonly components: readonly ValueChange[];
  /** Other wishes of the manifest, by pointer. */
  readonly settings: readonly ValueChange[];
  /** By class in `to` (in `from` for removed paths); absent unless both sides have an integrity manifest. */
  readonly files?: Readonly<Record<'core' | 'overlay' | 'modified', FileChanges>>;
}
