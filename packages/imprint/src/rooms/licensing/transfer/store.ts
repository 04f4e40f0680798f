import { sql } from 'kysely';
import type { ActivationRow, LicensingTables, Trx } from '../tables.ts';
import type { Side } from './rules.ts';

export type TransferRow = LicensingTables['licensing_transfer'];

export function findActivation(trx: Trx, id: string): Promise<ActivationRow | undefined> {
  return trx.selectFrom('licensing_activation').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A device's activations, each locked until the transaction ends. */
export function lockActivationsOf(trx: Trx, deviceId: string): Promise<ActivationRow[]> {
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where('device_id', '=', deviceId)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

/** Two transfers to one device follow each other, whatever trees they touch. */
export async function lockDevice(trx: Trx, deviceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(4970260, hashtext(${deviceId}))`.execute(trx);
}

/** Writes a seat's activation, in the place of an earlier one of the same device and entitlement if there is one. */
export async function putActivation(trx: Trx, row: ActivationRow): Promise<void> {
  const { id, entitlement_id: _entitlement, device_id: _device, ...columns } = row;
  const facts = typeof row.facts === 'string' ? row.facts : JSON.stringify(row.facts);
  await trx
    .insertInto('licensing_activation')
    .values({ ...row, facts })
    .onConflict((on) => on.column('id').doUpdateSet({ ...columns, facts }))
    .execute();
}

export async function insertTransfer(trx: Trx, row: TransferRow): Promise<void> {
  await trx.insertInto('licensing_transfer').values(row).execute();
}

/** Reads a transfer and keeps it locked: consents follow each other. */
export function lockTransfer(trx: Trx, id: string): Promise<TransferRow | undefined> {
  return trx.selectFrom('licensing_transfer').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Transfers from or to an agency that the transaction may see, the newest first. */
export function listTransfers(trx: Trx, after: string | undefined, limit: number): Promise<TransferRow[]> {
  return trx
    .selectFrom('licensing_transfer')
    .selectAll()
    .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

const columnOf = {
  source: 'source_consent',
  target: 'target_consent',
  operator: 'operator_consent',
} as const satisfies Record<Side, keyof TransferRow>;

export function saveConsent(trx: Trx, id: string, side: Side, actor: string): Promise<TransferRow> {
  return saveTransfer(trx, id, { [columnOf[side]]: actor });
}

export function saveTransfer(
  trx: Trx,
  id: string,
  change: Partial<Omit<TransferRow, 'id'>>,
): Promise<TransferRow> {
  return trx
    .updateTable('licensing_transfer')
    .set(change)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
