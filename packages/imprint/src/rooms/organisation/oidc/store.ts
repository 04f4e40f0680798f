import type { Insertable, Transaction } from 'kysely';
import type { PeopleTables } from '../people/tables.ts';
import type { AgencyRow, OrganisationTables } from '../store.ts';

export function findAgencyByCode(
  trx: Transaction<OrganisationTables>,
  code: string,
): Promise<AgencyRow | undefined> {
  return trx.selectFrom('organisation_agency').selectAll().where('code', '=', code).executeTakeFirst();
}

/** Adds a person unless the subject has one; false when another sign-in was faster. */
export async function insertLinkedPerson(
  trx: Transaction<PeopleTables>,
  row: Insertable<PeopleTables['organisation_person']>,
): Promise<boolean> {
  const inserted = await trx
    .insertInto('organisation_person')
    .values(row)
    .onConflict((conflict) => conflict.columns(['external_issuer', 'external_subject']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}
