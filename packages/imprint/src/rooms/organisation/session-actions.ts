import { onBehalfOf, serviceContext } from '../../platform/database/index.ts';
import type { Access, SessionAccess } from '../../platform/http/access.ts';
import { type OrganisationContext, recordAct } from './actions.ts';
import { organisationError } from './errors.ts';
import { type OpenSession, openSessionOf, type Session } from './people/model.ts';
import { grantsWith, scopesAt } from './people/rules.ts';
import { findPerson, findSession, liveGrants, sessionsOf, updateSession } from './people/store.ts';
import { grantOf, idleMinutes } from './sessions.ts';
import { findAgency } from './store.ts';

const asService = serviceContext('sign-in');
const minutesFrom = (at: Date, minutes: number) => new Date(at.getTime() + minutes * 60_000);

/** One's own session: who one is, what one holds, where one acts. @throws ORGANISATION_SESSION_ENDED */
export function ownSession(context: OrganisationContext, own: SessionAccess): Promise<Session> {
  return context.database.transaction(asService, async (trx) => {
    const session = await findSession(trx, own.id);
    const person = await findPerson(trx, own.personId);
    if (session === undefined || person === undefined) throw organisationError('ORGANISATION_SESSION_ENDED');
    const grants = grantsWith(await liveGrants(trx, [person.id]), session.factors).map(grantOf);
    const { id, login, name, language, agency_id: agencyId } = person;
    return {
      person: { id, login, name, language, agencyId },
      grants: grants.map((grant) => ({ role: grant.role, agencyId: grant.agencyId })),
      acting: {
        agencyId: session.acting_agency_id,
        scopes: [...scopesAt(session.acting_path, grants, session.factors)],
      },
      factors: session.factors,
      createdAt: session.created_at.toISOString(),
      expiresAt: session.expires_at.toISOString(),
      idleUntil: minutesFrom(session.seen_at, idleMinutes).toISOString(),
      ...(session.stepped_up_at === null ? {} : { steppedUpAt: session.stepped_up_at.toISOString() }),
    };
  });
}

/**
 * Makes one's session act at another agency, at or below one where one holds a role.
 * @throws ORGANISATION_AGENCY_UNKNOWN
 */
export async function actAt(
  context: OrganisationContext,
  own: SessionAccess,
  agencyId: string,
): Promise<void> {
  await context.database.transaction(asService, async (trx) => {
    const agency = await findAgency(trx, agencyId);
    const session = await findSession(trx, own.id);
    const grants = grantsWith(await liveGrants(trx, [own.personId]), session?.factors ?? []);
    if (agency === undefined || !grants.some(({ agency_path }) => agency.path.startsWith(agency_path))) {
      throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: agencyId });
    }
    await updateSession(trx, own.id, { acting_agency_id: agency.id, acting_path: agency.path });
  });
}

/** Ends one's session. */
export async function signOut(
  context: OrganisationContext,
  access: Access,
  own: SessionAccess,
): Promise<void> {
  await context.database.transaction(onBehalfOf(access), async (trx) => {
    const session = await findSession(trx, own.id);
    if (session === undefined) return;
    await updateSession(trx, own.id, { revoked_at: context.clock.now() });
    await recordAct(
      trx,
      context,
      access,
      'organisation.sign-out',
      `person:${own.personId}`,
      session.agency_path,
    );
  });
}

/** One's own open sessions, newest first. */
export function listOwnSessions(context: OrganisationContext, own: SessionAccess): Promise<OpenSession[]> {
  const now = context.clock.now();
  return context.database.transaction(asService, async (trx) => {
    const rows = await sessionsOf(trx, own.personId, now, minutesFrom(now, -idleMinutes));
    return rows.map((row) => openSessionOf(row, own.id));
  });
}
