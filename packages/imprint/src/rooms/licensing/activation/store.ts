import { sql } from 'kysely';
import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';

/** Reads activations in order of their ids and keeps them locked until the transaction ends. */
export function lockActivations(trx: Trx, ids: readonly string[]): Promise<ActivationRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

export async function markEnded(
  trx: Trx,
  ids: readonly string[],
  ending: { readonly state: 'released' | 'revoked'; readonly reason: string; readonly at: Date },
): Promise<ActivationRow[]> {
  if (ids.length === 0) return [];
  return trx
    .updateTable('licensing_activation')
    .set({ state: ending.state, ended_at: ending.at, ended_reason: ending.reason })
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .returningAll()
    .execute();
}

/** Ends the overage of the entitlements whose roots are within the seats agreed again. */
export async function clearOverage(trx: Trx, nodes: readonly AllocationRow[]): Promise<void> {
  const within = nodes.filter((node) => node.parent_id === null && node.taken <= node.ceiling);
  if (within.length === 0) return;
  await trx
    .updateTable('licensing_entitlement')
    .set({ overage_since: null })
    .where(
      'id',
      'in',
      within.map((node) => node.entitlement_id),
    )
    .where('overage_since', 'is not', null)
    .execute();
}
