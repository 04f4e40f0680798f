/** A package file in the content store, and its place in an apt index. */
export interface SuitePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Its control paragraph as the package states it, without a line feed at the end. */
  readonly control: string;
}

/** What a suite says of itself; `unattended-upgrades` chooses by these. */
export interface SuiteNames {
  /** Of the edition; also its label. */
  readonly edition: string;
  /** The ring, which is the suite and its codename. */
  readonly ring: string;
  /** Of the edition whose packages it holds. */
  readonly version: string;
}

/** One index file, as its `Release` lists it. */
export interface IndexFile {
  /** Below `dists/<suite>/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What an `InRelease` says, its signature not considered. */
export interface ReleaseHead {
  readonly suite: string;
  readonly version: string;
  readonly date: Date;
  readonly validUntil: Date | undefined;
  /** SHA-256 of its indexes by path below `dists/<suite>/`. */
  readonly sha256: ReadonlyMap<string, string>;
}
