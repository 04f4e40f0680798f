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

/**
 * The context in which the service does what somebody was found to be allowed to do, where the act reaches rows above or
 * beside their agency. Whoever uses it has checked with `isWithin` that the subject is theirs.
 */
export function onBehalfOf(access: AccessContext): AccessContext {
  return { agencyPath: '/', actor: access.actor };
}

/** True when a path lies at or below the asker's agency. */
export function isWithin(access: AccessContext, path: string): boolean {
  return path.startsWith(access.agencyPath);
}
