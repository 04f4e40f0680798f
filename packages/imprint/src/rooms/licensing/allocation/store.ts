import { sql } from 'kysely';
import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';
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

export async function insertAllocation(trx: Trx, row: AllocationRow): Promise<void> {
  await trx.insertInto('licensing_allocation').values(row).execute();
}

/** Writes what a node may take, and returns its row as it now is. */
export function saveBounds(
  trx: Trx,
  id: string,
  bounds: Pick<AllocationRow, 'floor' | 'ceiling' | 'hard_ceiling' | 'reclaim_ceiling' | 'reclaim_at'>,
): Promise<AllocationRow> {
  return trx
    .updateTable('licensing_allocation')
    .set(bounds)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Hangs nodes below another one. */
export async function moveNodes(trx: Trx, ids: readonly string[], parentId: string): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('licensing_allocation')
    .set({ parent_id: parentId })
    .where('id', 'in', [...ids])
    .execute();
}

/** Seats that hang on a node and belong to devices at or below an agency. */
export async function countSeats(trx: Trx, allocationId: string, agencyPath: string): Promise<number> {
  const { seats } = await seatsOf(trx, allocationId, agencyPath)
    .where('state', '=', 'active')
    .select(({ fn }) => fn.countAll<number>().as('seats'))
    .executeTakeFirstOrThrow();
  return seats;
}

/** Hangs a node's activations at or below an agency on another node, those that hold no seat any more as well. */
export async function moveSeats(trx: Trx, fromId: string, toId: string, agencyPath: string): Promise<void> {
  await trx
    .updateTable('licensing_activation')
    .set({ allocation_id: toId })
    .where('allocation_id', '=', fromId)
    .where(sql<boolean>`agency_path like ${`${agencyPath}%`}`)
    .execute();
}

const seatsOf = (trx: Trx, allocationId: string, agencyPath: string) =>
  trx
    .selectFrom('licensing_activation')
    .where('allocation_id', '=', allocationId)
    .where(sql<boolean>`agency_path like ${`${agencyPath}%`}`);

/** Entitlements with a reclaim under way, in id order. */
export async function listReclaiming(trx: Trx): Promise<string[]> {
  const rows = await trx
    .selectFrom('licensing_allocation')
    .select('entitlement_id')
    .distinct()
    .where('reclaim_at', 'is not', null)
    .orderBy('entitlement_id')
    .execute();
  return rows.map(({ entitlement_id }) => entitlement_id);
}

/** How many active seats at or below a node were taken after one of them; counts no further than `most`. */
export async function countYoungerSeats(
  trx: Trx,
  node: Pick<AllocationRow, 'entitlement_id' | 'agency_path'>,
  seat: Pick<ActivationRow, 'id' | 'activated_at'>,
  most: number,
): Promise<number> {
  const younger = await trx
    .selectFrom('licensing_activation as activation')
    .innerJoin('licensing_allocation as allocation', 'allocation.id', 'activation.allocation_id')
    .where('activation.entitlement_id', '=', node.entitlement_id)
    .where('activation.state', '=', 'active')
    .where(sql<boolean>`starts_with(allocation.agency_path, ${node.agency_path})`)
    .where(
      sql<boolean>`(activation.activated_at, activation.id) > (${seat.activated_at}::timestamptz, ${seat.id})`,
    )
    .select('activation.id')
    .limit(most)
    .execute();
  return younger.length;
}
