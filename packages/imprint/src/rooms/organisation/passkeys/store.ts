import type { Selectable, Transaction } from 'kysely';
import type { PeopleTables } from '../people/tables.ts';
import type { Passkey } from './model.ts';

type Trx = Transaction<PeopleTables>;
export type PasskeyRow = Selectable<PeopleTables['organisation_passkey']>;

/** Adds a passkey; false when its credential is registered already, with whomever. */
export async function insertPasskey(trx: Trx, row: PasskeyRow): Promise<boolean> {
  const inserted = await trx
    .insertInto('organisation_passkey')
    .values(row)
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export function findPasskey(trx: Trx, credentialId: string): Promise<PasskeyRow | undefined> {
  return trx
    .selectFrom('organisation_passkey')
    .selectAll()
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
}

/** A passkey whose row stays locked until the transaction ends, so that its counter has one judge. */
export function lockPasskey(trx: Trx, id: string): Promise<PasskeyRow | undefined> {
  return trx
    .selectFrom('organisation_passkey')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function passkeysOf(trx: Trx, personId: string): Promise<PasskeyRow[]> {
  return trx
    .selectFrom('organisation_passkey')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('id')
    .execute();
}

export async function notePasskeyUse(trx: Trx, id: string, counter: number, at: Date): Promise<void> {
  await trx
    .updateTable('organisation_passkey')
    .set({ counter, last_used_at: at })
    .where('id', '=', id)
    .execute();
}

/** Renames a passkey of a person; nothing when it is not theirs. */
export function relabelPasskey(
  trx: Trx,
  personId: string,
  id: string,
  label: string,
): Promise<PasskeyRow | undefined> {
  return trx
    .updateTable('organisation_passkey')
    .set({ label })
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .returningAll()
    .executeTakeFirst();
}

export async function deletePasskey(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('organisation_passkey').where('id', '=', id).execute();
}

export function passkeyOf(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    label: row.label,
    createdAt: row.created_at.toISOString(),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
  };
}
