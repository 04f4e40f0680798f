import type { Insertable, Selectable, Transaction, Updateable } from 'kysely';
import type { GrantRow, PeopleTables, PersonRow, SessionRow } from './tables.ts';

type Trx = Transaction<PeopleTables>;
type Columns = PeopleTables['organisation_person'];

/** Adds a person; false when the login or the external identity is taken. */
export async function insertPerson(trx: Trx, row: Insertable<Columns>): Promise<boolean> {
  const added = await trx
    .insertInto('organisation_person')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

export function findPerson(trx: Trx, id: string): Promise<PersonRow | undefined> {
  return trx.selectFrom('organisation_person').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A person whose row stays locked until the transaction ends. */
export function lockPerson(trx: Trx, id: string): Promise<PersonRow | undefined> {
  return trx
    .selectFrom('organisation_person')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** The person with a login name, compared in lower case; disabled ones too. */
export function findPersonByLogin(trx: Trx, login: string): Promise<PersonRow | undefined> {
  return trx
    .selectFrom('organisation_person')
    .selectAll()
    .where('login', '=', login.toLowerCase())
    .executeTakeFirst();
}

/** The person an identity provider knows by a subject; disabled ones too. */
export function findPersonByExternal(
  trx: Trx,
  issuer: string,
  subject: string,
): Promise<PersonRow | undefined> {
  return trx
    .selectFrom('organisation_person')
    .selectAll()
    .where('external_issuer', '=', issuer)
    .where('external_subject', '=', subject)
    .executeTakeFirst();
}

export function lockPersonByInvitation(trx: Trx, sha256: string): Promise<PersonRow | undefined> {
  return trx
    .selectFrom('organisation_person')
    .selectAll()
    .where('invitation_sha256', '=', sha256)
    .forUpdate()
    .executeTakeFirst();
}

export async function updatePerson(trx: Trx, id: string, changes: Updateable<Columns>): Promise<void> {
  await trx.updateTable('organisation_person').set(changes).where('id', '=', id).execute();
}

export function listPeople(trx: Trx, after: string | undefined, limit: number): Promise<PersonRow[]> {
  return trx
    .selectFrom('organisation_person')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Grants of some people that were not revoked, as far as the transaction sees them. */
export function liveGrants(trx: Trx, personIds: readonly string[]): Promise<GrantRow[]> {
  if (personIds.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom('organisation_grant')
    .selectAll()
    .where('person_id', 'in', personIds)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute();
}

export async function insertGrant(trx: Trx, row: GrantRow): Promise<void> {
  await trx.insertInto('organisation_grant').values(row).execute();
}

export async function revokeGrant(trx: Trx, id: string, at: Date): Promise<void> {
  await trx.updateTable('organisation_grant').set({ revoked_at: at }).where('id', '=', id).execute();
}

export async function insertSession(trx: Trx, row: SessionRow): Promise<void> {
  await trx
    .deleteFrom('organisation_session')
    .where('expires_at', '<', daysBefore(row.created_at, 30))
    .execute();
  await trx.insertInto('organisation_session').values(row).execute();
}

const daysBefore = (at: Date, days: number) => new Date(at.getTime() - days * 86_400_000);

export function findSession(trx: Trx, id: string): Promise<SessionRow | undefined> {
  return trx.selectFrom('organisation_session').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function updateSession(
  trx: Trx,
  id: string,
  changes: Updateable<PeopleTables['organisation_session']>,
): Promise<void> {
  await trx.updateTable('organisation_session').set(changes).where('id', '=', id).execute();
}

/** Sessions of a person that have not ended by themselves, newest first. */
export function sessionsOf(trx: Trx, personId: string, now: Date, seenAfter: Date): Promise<SessionRow[]> {
  return trx
    .selectFrom('organisation_session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .where('seen_at', '>', seenAfter)
    .orderBy('created_at', 'desc')
    .limit(100)
    .execute();
}

/** Ends sessions of a person; returns how many were open. */
export async function revokeSessions(trx: Trx, personId: string, at: Date): Promise<number> {
  const { numUpdatedRows } = await trx
    .updateTable('organisation_session')
    .set({ revoked_at: at })
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function insertChallenge(
  trx: Trx,
  row: Insertable<PeopleTables['organisation_challenge']>,
  now: Date,
): Promise<void> {
  await trx.deleteFrom('organisation_challenge').where('expires_at', '<', now).execute();
  await trx.insertInto('organisation_challenge').values(row).execute();
}

export type ChallengeRow = Selectable<PeopleTables['organisation_challenge']>;

export function findChallenge(trx: Trx, id: string, kind: string): Promise<ChallengeRow | undefined> {
  return trx
    .selectFrom('organisation_challenge')
    .selectAll()
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
}

export function deleteChallenge(trx: Trx, id: string, kind: string): Promise<ChallengeRow | undefined> {
  return trx
    .deleteFrom('organisation_challenge')
    .where('id', '=', id)
    .where('kind', '=', kind)
    .returningAll()
    .executeTakeFirst();
}

export async function deletePasskeys(trx: Trx, personId: string): Promise<void> {
  await trx.deleteFrom('organisation_passkey').where('person_id', '=', personId).execute();
}
