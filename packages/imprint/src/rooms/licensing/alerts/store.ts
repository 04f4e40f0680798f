import { sql } from 'kysely';
import type { Trx } from '../tables.ts';

/** Keeps which threshold each node has been alerted at. */
export async function setAlerted(
  trx: Trx,
  nodes: readonly { readonly id: string; readonly alerted: number }[],
): Promise<void> {
  const ids = nodes.map(({ id }) => id);
  const alerted = nodes.map((node) => node.alerted);
  await sql`
update licensing_allocation a set alerted = t.alerted
from unnest(${ids}::text[], ${alerted}::smallint[]) as t (id, alerted)
where a.id = t.id`.execute(trx);
}
