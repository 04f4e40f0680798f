import { sql } from 'kysely';
import type { Tables, Trx } from '../tables.ts';
import type { DeliveryState } from './model.ts';

export type AlertTargetRow = Tables['licensing_alert_target'];
export type MessageRow = Tables['platform_outbox'];

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

export async function insertTarget(trx: Trx, row: AlertTargetRow): Promise<void> {
  await trx.insertInto('licensing_alert_target').values(row).execute();
}

/** Targets in use that the transaction may see, by id. */
export function listTargets(trx: Trx, after: string | undefined, limit: number): Promise<AlertTargetRow[]> {
  return trx
    .selectFrom('licensing_alert_target')
    .selectAll()
    .where('removed_at', 'is', null)
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** A target in use. */
export function findTarget(trx: Trx, id: string): Promise<AlertTargetRow | undefined> {
  return trx
    .selectFrom('licensing_alert_target')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** Targets in use of an agency and of those above it. */
export function targetsFor(trx: Trx, agencyPath: string): Promise<AlertTargetRow[]> {
  return trx
    .selectFrom('licensing_alert_target')
    .selectAll()
    .where('removed_at', 'is', null)
    .where(sql<boolean>`starts_with(${agencyPath}, agency_path)`)
    .orderBy('id')
    .execute();
}

/** Removes a target and forgets its address; returns its agency's path, or nothing when it is not there. */
export async function removeTargetRow(trx: Trx, id: string, at: Date): Promise<string | undefined> {
  const row = await trx
    .updateTable('licensing_alert_target')
    .set({ removed_at: at, address: '' })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returning('agency_path')
    .executeTakeFirst();
  return row?.agency_path;
}

/** Messages of a topic that the transaction may see, the newest first. */
export function listMessages(
  trx: Trx,
  topic: string,
  page: {
    readonly state: DeliveryState | undefined;
    readonly after: string | undefined;
    readonly limit: number;
  },
): Promise<MessageRow[]> {
  return trx
    .selectFrom('platform_outbox')
    .selectAll()
    .where('topic', '=', topic)
    .$if(page.after !== undefined, (query) => query.where('id', '<', page.after ?? ''))
    .$if(page.state === 'delivered', (query) => query.where('delivered_at', 'is not', null))
    .$if(page.state === 'abandoned', (query) => query.where('abandoned_at', 'is not', null))
    .$if(page.state === 'pending', (query) =>
      query.where('delivered_at', 'is', null).where('abandoned_at', 'is', null),
    )
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}
