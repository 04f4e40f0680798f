import type { Transaction } from 'kysely';
import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { type OrganisationContext, recordAct, type Tables } from '../actions.ts';
import { organisationError } from '../errors.ts';
import { newInvitation } from '../sign-in/invitation.ts';
import { findAgency } from '../store.ts';
import { type Invited, type NewPerson, type Person, personOf } from './model.ts';
import { type Grant, grantRefusal, type Role } from './rules.ts';
import {
  deletePasskeys,
  findPerson,
  findPersonByLogin,
  insertPerson,
  listPeople,
  liveGrants,
  lockPerson,
  revokeSessions,
  updatePerson,
} from './store.ts';
import type { GrantRow, PersonRow } from './tables.ts';

export type Trx = Transaction<Tables>;

/** An agency at or below the asker's. @throws ORGANISATION_AGENCY_UNKNOWN */
export async function ownAgency(trx: Trx, access: Access, id: string) {
  const agency = await findAgency(trx, id);
  if (agency === undefined || !isWithin(access, agency.path)) {
    throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: id });
  }
  return agency;
}

/**
 * Adds a person without roles to an agency the asker may see, and invites them. The invitation is in the answer only.
 * @throws ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_LOGIN_TAKEN, ORGANISATION_EXTERNAL_TAKEN
 */
export function addPerson(
  context: OrganisationContext,
  access: Access,
  wanted: NewPerson,
  dryRun: boolean,
): Promise<Invited> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const agency = await ownAgency(trx, access, wanted.agencyId);
    const id = context.ids.id();
    const login = wanted.login.toLowerCase();
    const { secret, kept } = newInvitation(context);
    const isAdded = await insertPerson(trx, {
      id,
      agency_id: agency.id,
      agency_path: agency.path,
      login,
      name: wanted.name,
      email: wanted.email ?? null,
      language: wanted.language ?? 'en',
      created_at: context.clock.now(),
      external_issuer: wanted.external?.issuer ?? null,
      external_subject: wanted.external?.subject ?? null,
      ...kept,
    });
    if (!isAdded) {
      const isLogin = (await findPersonByLogin(trx, login)) !== undefined;
      if (isLogin) throw organisationError('ORGANISATION_LOGIN_TAKEN', { login });
      throw organisationError('ORGANISATION_EXTERNAL_TAKEN');
    }
    const person = await knownPerson(trx, access, id);
    await recordAct(trx, context, access, 'organisation.add-person', `person:${id}`, agency.path);
    return { person: personOf(person, []), invitation: secret };
  });
}

/** People of the asker's agency and below, with the grants the asker may see. */
export function peopleBelow(
  context: OrganisationContext,
  access: Access,
  after: string | undefined,
  limit: number,
): Promise<Person[]> {
  return context.database.transaction(access, async (trx) => {
    const rows = await listPeople(trx, after, limit);
    const grants = await liveGrants(
      trx,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => personOf(row, grants));
  });
}

/** A person of an agency at or below the asker's, locked. @throws ORGANISATION_PERSON_UNKNOWN */
export async function knownPerson(trx: Trx, access: Access, id: string): Promise<PersonRow> {
  const person = await lockPerson(trx, id);
  if (person === undefined || !isWithin(access, person.agency_path)) {
    throw organisationError('ORGANISATION_PERSON_UNKNOWN', { person: id });
  }
  return person;
}

/**
 * Sees that the asker may decide about the person's roles, each of them, so also about the person.
 * @throws ORGANISATION_SELF_REFUSED, ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_ROLE_REFUSED
 */
export async function checkGranter(
  trx: Trx,
  access: Access,
  personId: string,
  wanted: readonly (Grant & { agencyId: string })[],
): Promise<void> {
  const own = access.session?.personId;
  if (own === personId) throw organisationError('ORGANISATION_SELF_REFUSED');
  const held = own === undefined ? [] : await liveGrants(trx, [own]);
  const granter = {
    agencyPath: access.agencyPath,
    ...(own === undefined ? {} : { personId: own }),
    grants: held.map(({ role, agency_path }) => ({ role, agencyPath: agency_path })),
  };
  for (const grant of wanted) {
    const refusal = grantRefusal(granter, personId, grant);
    if (refusal !== undefined) throw organisationError('ORGANISATION_ROLE_REFUSED', { role: grant.role });
  }
}

export const wantedOf = (row: GrantRow): Grant & { agencyId: string; role: Role } => ({
  role: row.role,
  agencyId: row.agency_id,
  agencyPath: row.agency_path,
});

/** Does something to a person the asker may decide about, and records it. */
async function decide<R>(
  context: OrganisationContext,
  access: Access,
  { id, action, dryRun }: { readonly id: string; readonly action: string; readonly dryRun: boolean },
  work: (trx: Trx, person: PersonRow) => Promise<R>,
): Promise<{ person: Person; result: R }> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const person = await knownPerson(trx, access, id);
    const grants = await liveGrants(trx, [id]);
    await checkGranter(trx, access, id, grants.map(wantedOf));
    const result = await work(trx, person);
    const after = (await findPerson(trx, id)) ?? person;
    await recordAct(trx, context, access, action, `person:${id}`, person.agency_path);
    return { person: personOf(after, grants), result };
  });
}

/**
 * Disables a person: their sessions end at once and no new one opens.
 * @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED
 */
export async function disablePerson(
  context: OrganisationContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Person> {
  const { person } = await decide(
    context,
    access,
    { id, action: 'organisation.disable-person', dryRun },
    async (trx, before) => {
      const now = context.clock.now();
      await updatePerson(trx, id, { disabled_at: before.disabled_at ?? now });
      await revokeSessions(trx, id, now);
    },
  );
  return person;
}

/** Enables a person again. @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED */
export async function enablePerson(
  context: OrganisationContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Person> {
  const { person } = await decide(
    context,
    access,
    { id, action: 'organisation.enable-person', dryRun },
    (trx) => updatePerson(trx, id, { disabled_at: null }),
  );
  return person;
}

/** Ends all sessions of a person. @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED */
export async function endSessions(
  context: OrganisationContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<void> {
  await decide(context, access, { id, action: 'organisation.end-sessions', dryRun }, (trx) =>
    revokeSessions(trx, id, context.clock.now()),
  );
}

/**
 * Forgets everything by which a person proves to be who they are, ends their sessions and invites them anew.
 * @throws ORGANISATION_PERSON_UNKNOWN, ORGANISATION_SELF_REFUSED, ORGANISATION_ROLE_REFUSED
 */
export async function resetFactors(
  context: OrganisationContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Invited> {
  const { secret, kept } = newInvitation(context);
  const { person } = await decide(
    context,
    access,
    { id, action: 'organisation.reset-factors', dryRun },
    async (trx) => {
      await updatePerson(trx, id, {
        password_hash: null,
        totp_sealed: null,
        totp_confirmed_at: null,
        recovery_sha256: [],
        ...kept,
      });
      await deletePasskeys(trx, id);
      await revokeSessions(trx, id, context.clock.now());
    },
  );
  return { person, invitation: secret };
}
