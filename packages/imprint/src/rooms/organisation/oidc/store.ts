import type { Transaction } from 'kysely';
import type { AgencyRow, OrganisationTables } from '../store.ts';

/** The agency registered under a code, wherever it stands: the transaction is the service's. */
export function findAgencyByCode(
  trx: Transaction<OrganisationTables>,
  code: string,
): Promise<AgencyRow | undefined> {
  return trx.selectFrom('organisation_agency').selectAll().where('code', '=', code).executeTakeFirst();
}
