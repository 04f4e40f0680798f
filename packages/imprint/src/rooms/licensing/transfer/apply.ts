import { type AccessContext, isWithin } from '../../../platform/database/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import { allocationError } from '../allocation/errors.ts';
import { refusalOf } from '../allocation/place.ts';
import { demandOf } from '../allocation/rules.ts';
import { chainOf, lockTree, nodeOf, saveBounds, saveCounters } from '../allocation/store.ts';
import type { LicensingContext } from '../context.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import { transferError } from './errors.ts';
import type { NewSeatTransfer } from './model.ts';
import { type Move, moveSeats } from './rules.ts';
import type { TransferRow } from './store.ts';

interface Endpoints {
  readonly tree: readonly AllocationRow[];
  readonly from: AllocationRow;
  readonly to: AllocationRow;
}

/**
 * The two allocations of a proposal, of which the asker may see at least one, in a tree that stays locked. A move that could not
 * be made now is refused at once, as far as the asker may know: whether there is room beside them shows when all have consented.
 * @throws LICENSING_TRANSFER_NO_ALLOCATION and those of `planMove`
 */
export async function endpointsOf(
  trx: Trx,
  access: AccessContext,
  { entitlementId, fromAgencyId, toAgencyId, seats }: NewSeatTransfer,
): Promise<Endpoints> {
  const tree = await lockTree(trx, entitlementId);
  const from = tree.find(({ agency_id }) => agency_id === fromAgencyId);
  const to = tree.find(({ agency_id }) => agency_id === toAgencyId);
  const isSeen = [from, to].some((node) => node !== undefined && isWithin(access, node.agency_path));
  if (from === undefined || to === undefined || from.id === to.id || !isSeen) {
    throw transferError('LICENSING_TRANSFER_NO_ALLOCATION', {
      from: fromAgencyId,
      to: toAgencyId,
      entitlement: entitlementId,
    });
  }
  const endpoints = { tree, from, to };
  checkShape(endpoints);
  const [seesSource, seesTarget] = [from, to].map((node) => isWithin(access, node.agency_path));
  if (seesSource && seesTarget) planMove(access, endpoints, seats);
  else if (seesSource && from.ceiling - from.taken < seats) throw notFree(from, seats);
  return endpoints;
}

/** Moves the seats of a transfer that all sides have consented to. @throws those of `planMove` */
export async function applyTransfer(
  trx: Trx,
  context: Pick<LicensingContext, 'clock' | 'ids'>,
  access: AccessContext,
  transfer: TransferRow,
): Promise<void> {
  const tree = await lockTree(trx, transfer.entitlement_id);
  const from = tree.find(({ id }) => id === transfer.from_allocation_id);
  const to = tree.find(({ id }) => id === transfer.to_allocation_id);
  if (from === undefined || to === undefined)
    throw new TypeError('a transfer names allocations that are gone');
  const { changed } = planMove(access, { tree, from, to }, transfer.seats);
  for (const node of changed) {
    if (node.id !== from.id && node.id !== to.id) continue;
    const { floor, ceiling } = node;
    await saveBounds(trx, node.id, {
      floor,
      ceiling,
      hard_ceiling: ceiling,
      reclaim_ceiling: null,
      reclaim_at: null,
    });
  }
  await raiseAlerts(trx, context, await saveCounters(trx, changed));
}

/** @throws LICENSING_TRANSFER_ROOT, LICENSING_TRANSFER_RECLAIMING, LICENSING_TRANSFER_NESTED */
function checkShape({ from, to }: Endpoints): void {
  for (const { parent_id, reclaim_at, agency_id: agency } of [from, to]) {
    if (parent_id === null) throw transferError('LICENSING_TRANSFER_ROOT', { agency });
    if (reclaim_at !== null) throw transferError('LICENSING_TRANSFER_RECLAIMING', { agency });
  }
  if (isNested(from, to) || isNested(to, from)) {
    throw transferError('LICENSING_TRANSFER_NESTED', { from: from.agency_id, to: to.agency_id });
  }
}

/**
 * Decides a move. Of an agency that the asker does not see a refusal says no figures.
 * @throws LICENSING_TRANSFER_NOT_FREE, LICENSING_TRANSFER_NO_ROOM, LICENSING_CEILING_EXCEEDS_PARENT,
 * LICENSING_FLOOR_EXCEEDS_PARENT and those of `checkShape`
 */
function planMove(access: AccessContext, endpoints: Endpoints, seats: number): Extract<Move, { ok: true }> {
  checkShape(endpoints);
  const { tree, from, to } = endpoints;
  const [source, target] = [chainOf(tree, from.agency_path), chainOf(tree, to.agency_path)];
  const move = moveSeats(source.map(nodeOf), target.map(nodeOf), seats);
  if (move.ok) return move;
  const concerned = move.refusal === 'not free' ? from : to;
  if (!isWithin(access, concerned.agency_path)) {
    throw transferError('LICENSING_TRANSFER_NO_ROOM', { seats, agency: concerned.agency_id });
  }
  if (move.refusal === 'not free') throw notFree(from, seats);
  const agencyOf = (id: string) => tree.find((row) => row.id === id)?.agency_id ?? '';
  const ceiling = to.ceiling + seats;
  if (move.refusal === 'above parent') {
    const { ceiling: most, id } = move.parent;
    throw allocationError('LICENSING_CEILING_EXCEEDS_PARENT', { ceiling, most, agency: agencyOf(id) });
  }
  const wanted = { floor: to.floor, ceiling };
  throw refusalOf(move.change, wanted, { above: target.slice(1), demand: demandOf(to) });
}

function notFree({ agency_id: agency, taken, ceiling }: AllocationRow, seats: number): Error {
  const free = Math.max(0, ceiling - taken);
  return transferError('LICENSING_TRANSFER_NOT_FREE', { seats, agency, free, taken, ceiling });
}

const isNested = (inner: AllocationRow, outer: AllocationRow) =>
  inner.agency_path.startsWith(outer.agency_path);
