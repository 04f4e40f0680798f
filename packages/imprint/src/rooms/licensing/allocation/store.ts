import { sql } from 'kysely';
import type { AllocationRow, Trx } from '../tables.ts';
import type { SeatNode } from './rules.ts';

/**
 * Locks an entitlement's tree until the transaction ends and returns its nodes, the root first, then by path. Whoever changes
 * seats locks first: the root's row makes all changes of one tree follow each other. Several trees are locked in id order.
 */
export async function lockTree(trx: Trx, entitlementId: string): Promise<AllocationRow[]> {
  return lockNodes(trx, entitlementId);
}

/** As `lockTree`, but only the nodes at or above the agencies named: all that seats taken there can touch. */
export async function lockChains(
  trx: Trx,
  entitlementId: string,
  agencyPaths: readonly string[],
): Promise<AllocationRow[]> {
  return lockNodes(trx, entitlementId, [...new Set(agencyPaths)]);
}

async function lockNodes(
  trx: Trx,
  entitlementId: string,
  paths?: readonly string[],
): Promise<AllocationRow[]> {
  const root = await trx
    .selectFrom('licensing_allocation')
    .selectAll()
    .where('entitlement_id', '=', entitlementId)
    .where('parent_id', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (root === undefined) return [];
  // A second statement, so that it sees what was committed while the first one waited.
  const below = await trx
    .selectFrom('licensing_allocation')
    .selectAll()
    .where('entitlement_id', '=', entitlementId)
    .where('parent_id', 'is not', null)
    .$if(paths !== undefined, (query) =>
      query.where(
        sql<boolean>`exists (select from unnest(${paths}::text[]) wanted where starts_with(wanted, agency_path))`,
      ),
    )
    .orderBy(sql`agency_path collate "C"`)
    .forNoKeyUpdate()
    .execute();
  return [root, ...below];
}

export function nodeOf(row: AllocationRow): SeatNode {
  return {
    id: row.id,
    floor: row.floor,
    ceiling: row.ceiling,
    hardCeiling: row.hard_ceiling ?? undefined,
    own: row.own,
    taken: row.taken,
  };
}

/** The nodes at or above an agency, the nearest first and the root last: whose seats its devices take. */
export function chainOf(rows: readonly AllocationRow[], agencyPath: string): AllocationRow[] {
  return rows
    .filter(({ agency_path }) => agencyPath.startsWith(agency_path))
    .sort((a, b) => b.agency_path.length - a.agency_path.length);
}

/** Writes what nodes have taken, and returns their rows as they now are, the root first. */
export async function saveCounters(trx: Trx, nodes: readonly SeatNode[]): Promise<AllocationRow[]> {
  if (nodes.length === 0) return [];
  const { rows } = await sql<AllocationRow>`
    update licensing_allocation as node set own = changed.own, taken = changed.taken
    from unnest(${nodes.map(({ id }) => id)}::text[], ${nodes.map(({ own }) => own)}::integer[],
                ${nodes.map(({ taken }) => taken)}::integer[]) as changed (id, own, taken)
    where node.id = changed.id
    returning node.*`.execute(trx);
  return rows.sort((a, b) => a.agency_path.length - b.agency_path.length);
}
