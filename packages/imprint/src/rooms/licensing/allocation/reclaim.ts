import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';
import { countYoungerSeats } from './store.ts';

type Reclaimable = Pick<AllocationRow, 'ceiling' | 'taken' | 'reclaim_ceiling' | 'reclaim_at'>;

/** Seats of a node that its reclaim no longer renews: none before its date. */
export function reclaimedSeats(node: Reclaimable, now: Date): number {
  if (node.reclaim_at === null || node.reclaim_ceiling === null || node.reclaim_at > now) return 0;
  return Math.max(0, node.taken - node.reclaim_ceiling);
}

/** True when a node's reclaim is due and more is taken than it leaves. */
export function isReclaimed(node: Reclaimable, now: Date): boolean {
  return reclaimedSeats(node, now) > 0;
}

/** The ceiling under a reclaim: what was given back since is not taken again; it never rises. */
export function reclaimedCeiling(node: Reclaimable): number {
  if (node.reclaim_ceiling === null) return node.ceiling;
  return Math.min(node.ceiling, Math.max(node.reclaim_ceiling, node.taken));
}

/**
 * True when a seat is among those that a due reclaim at or above it no longer renews: the ones taken last. Takes the seat's
 * chain, locked.
 */
export async function isSeatReclaimed(
  trx: Trx,
  chain: readonly AllocationRow[],
  seat: Pick<ActivationRow, 'id' | 'activated_at'>,
  now: Date,
): Promise<boolean> {
  for (const node of chain) {
    const beyond = reclaimedSeats(node, now);
    if (beyond > 0 && (await countYoungerSeats(trx, node, seat, beyond)) < beyond) return true;
  }
  return false;
}

/**
 * The columns of a wanted ceiling: with a date, a node that has taken more keeps what is taken until then, and what is not
 * taken is free at once.
 */
export function ceilingOf(
  wanted: number,
  before: Pick<AllocationRow, 'ceiling' | 'taken'>,
  reclaimAt: Date | undefined,
): Pick<AllocationRow, 'ceiling' | 'reclaim_ceiling' | 'reclaim_at'> {
  if (reclaimAt === undefined || wanted >= Math.min(before.ceiling, before.taken)) {
    return { ceiling: wanted, reclaim_ceiling: null, reclaim_at: null };
  }
  const ceiling = Math.min(before.ceiling, before.taken);
  return { ceiling, reclaim_ceiling: wanted, reclaim_at: reclaimAt };
}
