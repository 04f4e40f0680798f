/**
 * Who asks, as the database sees it. A transaction reads and writes only rows of agencies at or below `agencyPath`;
 * a transaction without a context reads and writes nothing.
 */
export interface AccessContext {
  /** Path of the asker's agency, ids between slashes with one at each end; `/` is the service itself. */
  readonly agencyPath: string;
  /** Whom the record names: `token:<id>`, `device:<id>` or `service:<part>`. Never a person's name. */
  readonly actor: string;
}

/** The context of the service's own work: check-in batches, scheduled jobs, finding out who a token belongs to. */
export function serviceContext(part: string): AccessContext {
  return { agencyPath: '/', actor: `service:${part}` };
}
