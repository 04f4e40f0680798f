import { onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { type OrganisationContext, recordAct } from '../actions.ts';
import { organisationError } from '../errors.ts';
import { checkGranter, knownPerson, ownAgency, wantedOf } from './actions.ts';
import { type NewGrant, type PersonGrant, personGrantOf } from './model.ts';
import { separatedFrom } from './rules.ts';
import { insertGrant, liveGrants, revokeGrant } from './store.ts';

/**
 * Gives a person a role at an agency and below it.
 * @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED,
 * ORGANISATION_ROLES_SEPARATED, ORGANISATION_GRANT_EXISTS
 */
export function grantRole(
  context: OrganisationContext,
  access: Access,
  personId: string,
  wanted: NewGrant,
  dryRun: boolean,
): Promise<PersonGrant> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const person = await knownPerson(trx, access, personId);
    const agency = await ownAgency(trx, access, wanted.agencyId);
    const grant = { role: wanted.role, agencyId: agency.id, agencyPath: agency.path };
    await checkGranter(trx, access, person.id, [grant]);
    const held = await liveGrants(trx, [person.id]);
    if (held.some(({ role, agency_id }) => role === grant.role && agency_id === agency.id)) {
      throw organisationError('ORGANISATION_GRANT_EXISTS', { role: grant.role });
    }
    const separated = separatedFrom(held, grant.role);
    if (separated !== undefined) {
      throw organisationError('ORGANISATION_ROLES_SEPARATED', { wanted: grant.role, held: separated });
    }
    const row = {
      id: context.ids.id(),
      person_id: person.id,
      role: grant.role,
      agency_id: agency.id,
      agency_path: agency.path,
      granted_by: access.actor,
      granted_at: context.clock.now(),
      revoked_at: null,
    };
    await insertGrant(trx, row);
    await recordAct(
      trx,
      context,
      access,
      `organisation.grant-${grant.role}`,
      `person:${person.id}`,
      agency.path,
    );
    return personGrantOf(row);
  });
}

/**
 * Takes a role away; what it allowed ends with the next request.
 * @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_GRANT_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED
 */
export function revokeRole(
  context: OrganisationContext,
  access: Access,
  personId: string,
  grantId: string,
  dryRun: boolean,
): Promise<void> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const person = await knownPerson(trx, access, personId);
    const row = (await liveGrants(trx, [person.id])).find(({ id }) => id === grantId);
    if (row === undefined) throw organisationError('ORGANISATION_GRANT_UNKNOWN', { grant: grantId });
    await checkGranter(trx, access, person.id, [wantedOf(row)]);
    await revokeGrant(trx, row.id, context.clock.now());
    await recordAct(
      trx,
      context,
      access,
      `organisation.revoke-${row.role}`,
      `person:${person.id}`,
      row.agency_path,
    );
  });
}
