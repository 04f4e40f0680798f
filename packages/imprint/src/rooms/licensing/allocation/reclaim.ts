import type { AllocationRow } from '../tables.ts';

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
