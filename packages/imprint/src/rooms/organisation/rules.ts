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
