import { lockChains, saveCounters } from '../allocation/store.ts';
import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';
import { openSeatBook } from './seat-book.ts';
import { clearOverage, lockActivations, markEnded } from './store.ts';

export interface Ending {
  readonly state: 'released' | 'revoked';
  readonly reason: string;
  readonly at: Date;
  /** Looked at once the row is locked: what made somebody choose it may have changed meanwhile. */
  readonly onlyIf?: (row: ActivationRow) => boolean;
}

export interface Ended {
  /** The rows as they now are. */
  readonly activations: readonly ActivationRow[];
  /** The nodes whose counters changed, as they now are: for `raiseAlerts`. */
  readonly nodes: readonly AllocationRow[];
}

/**
 * Ends activations and gives their seats back. One that has ended already is left as it is, but a released one can still be
 * revoked. Locks the trees in order of the entitlements' ids, then the activations; the caller raises alerts and records.
 */
export async function endActivations(
  trx: Trx,
  chosen: readonly Pick<ActivationRow, 'id' | 'entitlement_id' | 'agency_path'>[],
  ending: Ending,
): Promise<Ended> {
  const trees = await lockTrees(trx, chosen);
  const locked = await lockActivations(
    trx,
    chosen.map(({ id }) => id),
  );
  const rows = locked.filter((row) => endsNow(row, ending));
  const book = openSeatBook(trees);
  for (const row of rows) if (row.state === 'active') book.release(row.allocation_id);
  const nodes = await saveCounters(trx, book.changed());
  const activations = await markEnded(
    trx,
    rows.map(({ id }) => id),
    ending,
  );
  await clearOverage(trx, nodes);
  return { activations, nodes };
}

function endsNow(row: ActivationRow, { state, onlyIf }: Ending): boolean {
  const may = row.state === 'active' || (state === 'revoked' && row.state === 'released');
  return may && (onlyIf?.(row) ?? true);
}

/** Locks the parts of the trees that seats at these agencies touch, in order of the entitlements' ids. */
export async function lockTrees(
  trx: Trx,
  places: readonly { readonly entitlement_id: string; readonly agency_path: string }[],
): Promise<AllocationRow[]> {
  const pathsOf = new Map<string, Set<string>>();
  for (const { entitlement_id, agency_path } of places) {
    pathsOf.set(entitlement_id, (pathsOf.get(entitlement_id) ?? new Set()).add(agency_path));
  }
  const rows: AllocationRow[] = [];
  for (const id of [...pathsOf.keys()].sort()) {
    rows.push(...(await lockChains(trx, id, [...(pathsOf.get(id) ?? [])])));
  }
  return rows;
}
