import { createHash } from 'node:crypto';
import { canonicalJson } from '@imprint/trust';
import { onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { type AssuranceEvent, recordAll } from '../../assurance/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import { type AllocationContext, runningEntitlement } from './actions.ts';
import type { Allocation, WantedAllocation } from './model.ts';
import { checkWanted, type Place, placeOf, refusalOf } from './place.ts';
import { ceilingOf } from './reclaim.ts';
import { changeBounds, demandOf, insertNode } from './rules.ts';
import {
  chainOf,
  countSeats,
  insertAllocation,
  moveNodes,
  moveSeats,
  nodeOf,
  saveBounds,
  saveCounters,
} from './store.ts';
import { checkSeats, reclaimDate } from './terms.ts';
import { allocationOf, linkOf } from './views.ts';

/**
 * Sets what an agency below the asker's, and below the licensee, may take of an entitlement.
 * @throws those of `allocateIn`
 */
export function allocate(
  context: AllocationContext,
  access: Access,
  wanted: WantedAllocation,
  dryRun: boolean,
): Promise<Allocation> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const { allocation, events } = await allocateIn(trx, context, access, wanted);
    await recordAll(trx, events);
    return allocation;
  });
}

/**
 * As `allocate`, in a transaction of the service's context whose caller records the events, last.
 * @throws LICENSING_SEATS_INVALID, LICENSING_RECLAIM_PAST, LICENSING_AGREEMENT_ENDED, LICENSING_ENTITLEMENT_ENDED,
 * LICENSING_CEILING_BELOW_TAKEN, LICENSING_FLOOR_EXCEEDS_PARENT and those of `placeOf` and `checkWanted`
 */
async function allocateIn(
  trx: Trx,
  context: AllocationContext,
  access: Access,
  wanted: WantedAllocation,
): Promise<{ allocation: Allocation; events: AssuranceEvent[] }> {
  checkSeats('floor', wanted.floor, 0);
  checkSeats('ceiling', wanted.ceiling, 0);
  const now = context.clock.now();
  const reclaimAt = reclaimDate(wanted.reclaimAt, now);
  const place = await placeOf(trx, access, wanted);
  const entitlement = await runningEntitlement(trx, wanted.entitlementId, now);
  checkWanted(access, place, wanted);
  const { node } = place;
  const rows =
    node === undefined
      ? await plant(trx, place, wanted, reclaimAt, { id: context.ids.id(), now })
      : await bind(trx, { ...place, node }, wanted, reclaimAt);
  const chain = chainOf(
    [...place.tree.filter(({ id }) => !rows.some((row) => row.id === id)), ...rows],
    place.agencyPath,
  );
  const row = chain[0] as AllocationRow;
  await raiseAlerts(trx, context, rows);
  const { actor } = access;
  const event = {
    at: now,
    action: 'licensing.allocate',
    actor,
    agencyPath: row.agency_path,
    subject: `allocation:${row.id}`,
    digests: { ...(node === undefined ? {} : { before: boundsDigest(node) }), after: boundsDigest(row) },
  };
  return {
    allocation: allocationOf(access, row, chain.map(linkOf), entitlement, now),
    events: rows.length === 0 ? [] : [event],
  };
}

/** Changes the bounds of a node; nothing where they are so already. */
async function bind(
  trx: Trx,
  { node, above }: Place & { readonly node: AllocationRow },
  wanted: WantedAllocation,
  reclaimAt: Date | undefined,
): Promise<AllocationRow[]> {
  const bounds = { floor: wanted.floor, ...ceilingOf(wanted.ceiling, node, reclaimAt) };
  const change = changeBounds([node, ...above].map(nodeOf), bounds);
  if (!change.ok) throw refusalOf(change, wanted, { above, demand: demandOf(node) });
  const next = { ...node, ...bounds, hard_ceiling: bounds.ceiling };
  if (boundsDigest(node) === boundsDigest(next)) return [];
  const { floor, ceiling, hard_ceiling, reclaim_ceiling, reclaim_at } = next;
  const row = await saveBounds(trx, node.id, { floor, ceiling, hard_ceiling, reclaim_ceiling, reclaim_at });
  return [row, ...(await saveCounters(trx, change.chain.slice(1)))];
}

/** Plants a node between its parent and what stood below that one, seats of its agency's devices included. */
async function plant(
  trx: Trx,
  { agencyPath, tree, parent, above }: Place,
  wanted: WantedAllocation,
  reclaimAt: Date | undefined,
  { id, now }: { id: string; now: Date },
): Promise<AllocationRow[]> {
  const children = tree.filter(
    (row) => row.parent_id === parent.id && row.agency_path.startsWith(agencyPath),
  );
  const own = await countSeats(trx, parent.id, agencyPath);
  const taken = children.reduce((sum, child) => sum + demandOf(child), own);
  const bounds = { floor: wanted.floor, ...ceilingOf(wanted.ceiling, { ceiling: taken, taken }, reclaimAt) };
  const change = insertNode(above.map(nodeOf), { id, ...bounds }, children.map(nodeOf), own);
  if (!change.ok) throw refusalOf(change, wanted, { above, demand: taken });
  const row: AllocationRow = {
    id,
    entitlement_id: parent.entitlement_id,
    parent_id: parent.id,
    agency_id: wanted.agencyId,
    agency_path: agencyPath,
    ...bounds,
    hard_ceiling: bounds.ceiling,
    own,
    taken,
    alerted: 0,
    created_at: now,
  };
  await insertAllocation(trx, row);
  await moveNodes(
    trx,
    children.map((child) => child.id),
    id,
  );
  await moveSeats(trx, parent.id, id, agencyPath);
  return [row, ...(await saveCounters(trx, change.chain.slice(1)))];
}

/** Digest of what a node may take. */
export function boundsDigest({ floor, ceiling, reclaim_ceiling, reclaim_at }: AllocationRow): string {
  const bounds = {
    floor,
    ceiling,
    reclaimCeiling: reclaim_ceiling,
    reclaimAt: reclaim_at?.toISOString() ?? null,
  };
  return createHash('sha256').update(canonicalJson(bounds)).digest('hex');
}
