import type { AgreementRow, EntitlementRow, Trx } from '../tables.ts';

/** Adds an agreement, unless its number stands for one already. */
export async function insertAgreement(trx: Trx, row: AgreementRow): Promise<boolean> {
  const added = await trx
    .insertInto('licensing_agreement')
    .values(row)
    .onConflict((conflict) => conflict.column('number').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

export function findAgreementByNumber(trx: Trx, number: string): Promise<AgreementRow | undefined> {
  return trx.selectFrom('licensing_agreement').selectAll().where('number', '=', number).executeTakeFirst();
}

/** Reads an agreement so that nobody ends it before this transaction does. */
export function holdAgreement(trx: Trx, id: string): Promise<AgreementRow | undefined> {
  return trx.selectFrom('licensing_agreement').selectAll().where('id', '=', id).forShare().executeTakeFirst();
}

/** Ends an agreement that was not ended yet. */
export function endAgreementRow(trx: Trx, id: string, at: Date): Promise<AgreementRow | undefined> {
  return trx
    .updateTable('licensing_agreement')
    .set({ ended_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export function findAgreement(trx: Trx, id: string): Promise<AgreementRow | undefined> {
  return trx.selectFrom('licensing_agreement').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Adds an entitlement, unless its id stands for one already. */
export async function insertEntitlement(trx: Trx, row: EntitlementRow): Promise<boolean> {
  const added = await trx
    .insertInto('licensing_entitlement')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

export function findEntitlement(trx: Trx, id: string): Promise<EntitlementRow | undefined> {
  return trx.selectFrom('licensing_entitlement').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function saveSeats(
  trx: Trx,
  id: string,
  change: Pick<EntitlementRow, 'seats' | 'overage_since'>,
): Promise<void> {
  await trx.updateTable('licensing_entitlement').set(change).where('id', '=', id).execute();
}
