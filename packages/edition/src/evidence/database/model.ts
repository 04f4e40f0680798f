/** What a record comparison may rely on. */
export interface RecordContext {
  /** Packages the edition declares beyond upstream's: the names of its local components. */
  readonly components: ReadonlySet<string>;
  /** The lock's certificate authorities, as `certificatesIn` gives them. */
  readonly certificates: ReadonlySet<string>;
  /** True if an edition step (not upstream) put the path into the image. */
  readonly isOverlay: (path: string) => boolean;
}

/** Compares two states of a record file; returns every difference that the edition has not declared. */
export type RecordComparison = (core: Buffer, edition: Buffer, context: RecordContext) => string[];
