import type { Transaction } from 'kysely';
import { organisationError } from './errors.ts';
import { findAgency, type OrganisationTables } from './store.ts';

/**
 * The path of an agency the transaction may see.
 * @throws ORGANISATION_AGENCY_UNKNOWN
 */
export async function agencyPathOf(trx: Transaction<OrganisationTables>, id: string): Promise<string> {
  const agency = await findAgency(trx, id);
  if (agency === undefined) throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: id });
  return agency.path;
}
