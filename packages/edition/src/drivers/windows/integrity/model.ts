import type { Reason, WimIntegrityEntry } from '@imprint/protocol';

/** In what respect a path of an image differs; `name` is its spelling, `times` when it was made or last written. */
export type WimFacet =
  | 'type'
  | 'content'
  | 'streams'
  | 'security-descriptor'
  | 'attributes'
  | 'short-name'
  | 'links'
  | 'times'
  | 'name'
  | 'missing'
  | 'unplanned';

/** One path of an image in the terms an integrity manifest compares; `linkedWith` as in the manifest. */
export type ImageEntry = Omit<WimIntegrityEntry, 'class' | 'origin' | 'evidence' | 'volatile' | 'sha256'> & {
  /** Epoch seconds; absent in a manifest, which holds no times. */
  readonly creationTime?: number;
  readonly lastWriteTime?: number;
};

/** One path that differs from the vendor's image, or from the plan. */
export interface WimFinding {
  readonly path: string;
  readonly facets: readonly WimFacet[];
  /** The step that wrote the path; absent where no step did. */
  readonly step?: string;
  /** Why it stands, or what was found. */
  readonly note?: Reason;
}

/** An image to look at: the file it is read from, and all files of a split set beside it, itself included. */
export interface ImageFile {
  readonly file: string;
  readonly index: number;
  readonly parts: readonly string[];
}
