import { type BoundsChange, changeBounds, type SeatNode } from '../allocation/rules.ts';

/** Whose consent a transfer needs, in the order in which one person who could give several gives one. */
export const sides = ['source', 'target', 'operator'] as const;
export type Side = (typeof sides)[number];

interface Speaker {
  readonly agencyPath: string;
  readonly scopes: readonly string[];
}

/**
 * The sides somebody stands for: an administrator of an agency, or of one above it but not above both, for that agency; the
 * operator at or above both for the operator.
 */
export function sidesOf(
  { agencyPath, scopes }: Speaker,
  paths: { readonly from: string; readonly to: string },
): readonly Side[] {
  const above = { from: paths.from.startsWith(agencyPath), to: paths.to.startsWith(agencyPath) };
  const administers = scopes.includes('licensing:allocate');
  const standsFor: Readonly<Record<Side, boolean>> = {
    source: administers && above.from && !above.to,
    target: administers && above.to && !above.from,
    operator: scopes.includes('licensing:write') && above.from && above.to,
  };
  return sides.filter((side) => standsFor[side]);
}

export type Consents = Readonly<Partial<Record<Side, string>>>;

/** What a consent of somebody comes to: a side's, none because it was given before, or a refusal. */
export function consentOf(
  given: Consents,
  actor: string,
  eligible: readonly Side[],
): { readonly side: Side } | 'given' | 'same person' | 'no side' {
  if (eligible.length === 0) return 'no side';
  const mine = eligible.find((side) => given[side] === actor);
  const missing = eligible.find((side) => given[side] === undefined);
  const hasConsented = Object.values(given).includes(actor);
  if (mine !== undefined && missing === undefined) return 'given';
  if (hasConsented) return 'same person';
  return missing === undefined ? 'given' : { side: missing };
}

export type Move =
  | { readonly ok: true; readonly changed: readonly SeatNode[] }
  | { readonly ok: false; readonly refusal: 'not free'; readonly free: number }
  | { readonly ok: false; readonly refusal: 'above parent'; readonly parent: SeatNode }
  | { readonly ok: false; readonly refusal: 'bounds'; readonly change: Extract<BoundsChange, { ok: false }> };

/**
 * Moves seats from one node's ceiling to another's. Seats reserved at the source and not taken go with them, as far as they are
 * part of what is moved: what both demand together never grows. Chains are a node, its parent, and so on to the root.
 */
export function moveSeats(source: readonly SeatNode[], target: readonly SeatNode[], seats: number): Move {
  const [from] = source;
  if (from === undefined) return { ok: false, refusal: 'not free', free: 0 };
  const free = from.ceiling - from.taken;
  if (free < seats) return { ok: false, refusal: 'not free', free: Math.max(0, free) };
  const reserved = Math.min(seats, Math.max(0, from.floor - from.taken));
  const given = changeBounds(source, { floor: from.floor - reserved, ceiling: from.ceiling - seats });
  if (!given.ok) return { ok: false, refusal: 'bounds', change: given };
  const after = new Map(given.chain.map((node) => [node.id, node]));
  const [to, ...above] = target.map((node) => after.get(node.id) ?? node);
  if (to === undefined) return { ok: false, refusal: 'not free', free };
  const ceiling = to.ceiling + seats;
  const [parent] = above;
  if (parent !== undefined && ceiling > parent.ceiling) return { ok: false, refusal: 'above parent', parent };
  const taken = changeBounds([to, ...above], { floor: to.floor + reserved, ceiling });
  if (!taken.ok) return { ok: false, refusal: 'bounds', change: taken };
  for (const node of taken.chain) after.set(node.id, node);
  return { ok: true, changed: [...after.values()] };
}
