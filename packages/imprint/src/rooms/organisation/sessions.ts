import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { serviceContext } from '../../platform/database/index.ts';
import type { Access } from '../../platform/http/access.ts';
import { type OrganisationContext, recordAct, type Tables } from './actions.ts';
import { organisationError } from './errors.ts';
import {
  type Factor,
  grantsWith,
  isStrong,
  needsSecondFactor,
  scopesAt,
  widestGrant,
} from './people/rules.ts';
import { findPerson, findSession, insertSession, liveGrants, updateSession } from './people/store.ts';
import type { GrantRow, PersonRow, SessionRow } from './people/tables.ts';

const sessionCookieName = '__Host-imprint';
export const idleMinutes = 30;
const absoluteHours = 8;
const seenEverySeconds = 60;

const idOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
const later = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000);

/** The header that hands a session to a browser: `reply.header('set-cookie', sessionCookie(secret))`. */
export function sessionCookie(secret: string): string {
  return `${sessionCookieName}=${secret}; Path=/; HttpOnly; Secure; SameSite=Lax`;
}

/** The header that makes a browser forget its session. */
export function endedSessionCookie(): string {
  return `${sessionCookieName}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0`;
}

/** The secret in a `Cookie` header, if there is exactly one of its form. */
export function sessionSecretOf(cookie: string | undefined): string | undefined {
  const found = (cookie ?? '').split(';').flatMap((pair) => {
    const match = /^\s*__Host-imprint=([A-Za-z0-9_-]{43})\s*$/.exec(pair);
    return match === null ? [] : [match[1] as string];
  });
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Opens a session for somebody whose factors were verified, at the widest agency they hold a role at. Under a service
 * context; writes its log entry, so it comes last in the transaction.
 * @throws ORGANISATION_PERSON_DISABLED, ORGANISATION_SECOND_FACTOR_REQUIRED
 */
export async function openSession(
  trx: Transaction<Tables>,
  context: OrganisationContext,
  person: PersonRow,
  factors: readonly Factor[],
): Promise<{ secret: string; session: SessionRow }> {
  if (person.disabled_at !== null) throw organisationError('ORGANISATION_PERSON_DISABLED');
  const grants = grantsWith(await liveGrants(trx, [person.id]), factors);
  // A browser that comes back from an identity provider gets a session that may do little until it steps up.
  const mayStepUp = factors.includes('oidc');
  if (!isStrong(factors) && !mayStepUp && (needsSecondFactor(grants) || person.totp_confirmed_at !== null)) {
    throw organisationError('ORGANISATION_SECOND_FACTOR_REQUIRED');
  }
  const at = widestGrant(grants.map(grantOf));
  const secret = context.ids.secret();
  const now = context.clock.now();
  const session: SessionRow = {
    id: idOf(secret),
    person_id: person.id,
    agency_path: person.agency_path,
    acting_agency_id: at?.agencyId ?? person.agency_id,
    acting_path: at?.agencyPath ?? person.agency_path,
    factors: [...factors],
    created_at: now,
    seen_at: now,
    expires_at: later(now, absoluteHours * 3600),
    stepped_up_at: factors.some((factor) => factor === 'totp' || factor === 'passkey') ? now : null,
    revoked_at: null,
  };
  await insertSession(trx, session);
  const actor = { agencyPath: person.agency_path, actor: `person:${person.id}` };
  await recordAct(trx, context, actor, 'organisation.sign-in', `person:${person.id}`, person.agency_path);
  return { secret, session };
}

/**
 * Notes that a person has just proved to be there, and gives the session a new secret: the old one stops counting.
 * Under a service context; writes its log entry.
 */
export async function stepUpSession(
  trx: Transaction<Tables>,
  context: OrganisationContext,
  session: SessionRow,
  factor: Factor,
): Promise<{ secret: string; session: SessionRow }> {
  const secret = context.ids.secret();
  const now = context.clock.now();
  const factors = session.factors.includes(factor) ? session.factors : [...session.factors, factor];
  const changes = { id: idOf(secret), stepped_up_at: now, seen_at: now, factors };
  await updateSession(trx, session.id, changes);
  const actor = { agencyPath: session.agency_path, actor: `person:${session.person_id}` };
  await recordAct(
    trx,
    context,
    actor,
    'organisation.step-up',
    `person:${session.person_id}`,
    session.agency_path,
  );
  return { secret, session: { ...session, ...changes } };
}

export const grantOf = (row: GrantRow) => ({
  id: row.id,
  role: row.role,
  agencyId: row.agency_id,
  agencyPath: row.agency_path,
});

/** True while a session counts. */
export function isSessionOpen(session: SessionRow, now: Date): boolean {
  return (
    session.revoked_at === null && session.expires_at > now && later(session.seen_at, idleMinutes * 60) > now
  );
}

/**
 * Finds out whose session a cookie's secret opens, and what they may do there; notes once a minute that it was used.
 * @throws ORGANISATION_SESSION_ENDED
 */
export function authenticateSession(context: OrganisationContext, secret: string): Promise<Access> {
  return context.database.transaction(serviceContext('sign-in'), async (trx) => {
    const now = context.clock.now();
    const session = await findSession(trx, idOf(secret));
    if (session === undefined || !isSessionOpen(session, now)) {
      throw organisationError('ORGANISATION_SESSION_ENDED');
    }
    const person = await findPerson(trx, session.person_id);
    if (person === undefined || person.disabled_at !== null) {
      throw organisationError('ORGANISATION_SESSION_ENDED');
    }
    if (later(session.seen_at, seenEverySeconds) <= now)
      await updateSession(trx, session.id, { seen_at: now });
    const grants = grantsWith(await liveGrants(trx, [person.id]), session.factors).map(grantOf);
    return {
      agencyPath: session.acting_path,
      agencyId: session.acting_agency_id,
      actor: `person:${person.id}`,
      scopes: scopesAt(session.acting_path, grants, session.factors),
      session: {
        id: session.id,
        personId: person.id,
        ...(session.stepped_up_at === null ? {} : { steppedUpAt: session.stepped_up_at }),
      },
    };
  });
}
