import type { AgencyKind } from './model.ts';

const width: Record<AgencyKind, number> = { nation: 0, ministry: 1, province: 1, agency: 2, site: 3 };

/** True when an agency of one kind may stand below another: narrower below wider, agencies also below agencies. */
export function mayStandBelow(child: AgencyKind, parent: AgencyKind): boolean {
  if (child === 'nation') return false;
  return width[child] > width[parent] || (child === 'agency' && parent === 'agency');
}

/** Scopes somebody asks for a new token but does not hold; nobody gives away more than they have. */
export function scopesBeyond<S extends string>(wanted: readonly S[], held: readonly S[]): S[] {
  return wanted.filter((scope) => !held.includes(scope));
}

/** True while a token counts. */
export function isTokenValid(
  token: { expires_at: Date | null; revoked_at: Date | null },
  now: Date,
): boolean {
  return token.revoked_at === null && (token.expires_at === null || token.expires_at > now);
}

/** Takes an API token apart: `imp_<id>_<secret>`. */
export function parseToken(text: string): { id: string; secret: string } | undefined {
  const match = /^imp_([0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
}

/** Where an agency to be added hangs: below one that exists, or below another that is added with it. */
export type ParentRef =
  | { readonly id: string; readonly code?: never }
  | { readonly code: string; readonly id?: never };

/**
 * Puts agencies into an order in which every parent precedes its children; those that cannot stand, because they lie in a
 * circle or below one, are returned apart.
 */
export function parentsFirst<R extends { readonly code: string; readonly parent: ParentRef }>(
  rows: readonly R[],
): { ordered: R[]; circular: R[] } {
  const byCode = new Map(rows.map((row) => [row.code, row]));
  const children = new Map<string, R[]>();
  const ordered: R[] = [];
  for (const row of rows) {
    const above = row.parent.code === undefined ? undefined : byCode.get(row.parent.code);
    if (above === undefined) ordered.push(row);
    else children.set(above.code, [...(children.get(above.code) ?? []), row]);
  }
  for (const row of ordered) ordered.push(...(children.get(row.code) ?? []));
  const placed = new Set(ordered);
  return { ordered, circular: rows.filter((row) => !placed.has(row)) };
}
