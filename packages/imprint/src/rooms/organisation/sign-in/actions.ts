import type { Transaction } from 'kysely';
import { serviceContext } from '../../../platform/database/index.ts';
import type { SessionAccess } from '../../../platform/http/access.ts';
import type { Tables } from '../actions.ts';
import { putChallenge, readChallenge, takeChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { findPersonByLogin, findSession, lockPerson, updatePerson } from '../people/store.ts';
import type { PersonRow } from '../people/tables.ts';
import { isSessionOpen, openSession, stepUpSession } from '../sessions.ts';
import { countAttempt, type SignInContext } from './context.ts';
import { takeCode, verifyPassword } from './factors.ts';
import { addressBucket } from './rules.ts';

type Trx = Transaction<Tables>;

const asService = serviceContext('sign-in');
const ticketSeconds = 300;

/** A session, or the ticket with which a code finishes signing in. */
type SignedIn =
  | { readonly next: 'done'; readonly secret: string }
  | { readonly next: 'code'; readonly ticket: string };

/**
 * Signs in by password: whole where that suffices, else half. An unknown login, a wrong password and a disabled account
 * are answered alike and take as long.
 * @throws ORGANISATION_SIGN_IN_REFUSED, ORGANISATION_SECOND_FACTOR_REQUIRED, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function signInByPassword(
  context: SignInContext,
  given: { login: string; password: string; address: string },
): Promise<SignedIn> {
  // The address first: one that has tried too often uses up nobody's attempts any more.
  await countAttempt(context, 'address', addressBucket(given.address));
  await countAttempt(context, 'account', `login:${given.login.toLowerCase()}`);
  const { database } = context;
  const found = await database.transaction(asService, (trx) => findPersonByLogin(trx, given.login));
  const matches = await verifyPassword(found?.password_hash, given.password);
  if (found === undefined || !matches) throw organisationError('ORGANISATION_SIGN_IN_REFUSED');
  return database.transaction(asService, async (trx): Promise<SignedIn> => {
    const person = await lockPerson(trx, found.id);
    if (person?.disabled_at !== null || person.password_hash !== found.password_hash) {
      throw organisationError('ORGANISATION_SIGN_IN_REFUSED');
    }
    if (person.totp_confirmed_at === null) {
      return { next: 'done', secret: (await openSession(trx, context, person, ['password'])).secret };
    }
    const half = { kind: 'half-session', value: {}, personId: person.id, seconds: ticketSeconds };
    return { next: 'code', ticket: await putChallenge(trx, context, half) };
  });
}

/**
 * Finishes signing in with a one-time or recovery code; returns the session's secret.
 * @throws ORGANISATION_TICKET_INVALID, ORGANISATION_CODE_WRONG, ORGANISATION_PERSON_DISABLED, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function signInByCode(
  context: SignInContext,
  given: { ticket: string; code: string; address: string },
): Promise<string> {
  await countAttempt(context, 'address', addressBucket(given.address));
  const personId = await holderOf(context, 'half-session', given.ticket);
  await countAttempt(context, 'account', `code:${personId}`);
  return context.database.transaction(asService, async (trx) => {
    const person = await lockPerson(trx, personId);
    const factor = await useCode(trx, context, person, given.code);
    await spend(trx, context, 'half-session', given.ticket);
    return (await openSession(trx, context, factor.person, ['password', factor.factor])).secret;
  });
}

/**
 * Proves again, in an open session, that its person is there; returns the session's new secret.
 * @throws ORGANISATION_CODE_WRONG, ORGANISATION_SECOND_FACTOR_REQUIRED, ORGANISATION_SESSION_ENDED, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function stepUpByCode(
  context: SignInContext,
  own: SessionAccess,
  code: string,
): Promise<string> {
  await countAttempt(context, 'account', `code:${own.personId}`);
  return context.database.transaction(asService, async (trx) => {
    const person = await lockPerson(trx, own.personId);
    const session = await findSession(trx, own.id);
    if (session === undefined || !isSessionOpen(session, context.clock.now())) {
      throw organisationError('ORGANISATION_SESSION_ENDED');
    }
    if (person?.totp_confirmed_at === null) throw organisationError('ORGANISATION_SECOND_FACTOR_REQUIRED');
    const { factor } = await useCode(trx, context, person, code);
    if (factor !== 'totp') throw organisationError('ORGANISATION_CODE_WRONG');
    return (await stepUpSession(trx, context, session, factor)).secret;
  });
}

/** Whom a ticket was given to. @throws ORGANISATION_TICKET_INVALID */
export async function holderOf(context: SignInContext, kind: string, ticket: string): Promise<string> {
  const challenge = await context.database.transaction(asService, (trx) =>
    readChallenge(trx, context, kind, ticket),
  );
  if (challenge?.personId === undefined) throw organisationError('ORGANISATION_TICKET_INVALID');
  return challenge.personId;
}

/** Uses a ticket up. @throws ORGANISATION_TICKET_INVALID */
export async function spend(trx: Trx, context: SignInContext, kind: string, ticket: string): Promise<void> {
  if ((await takeChallenge(trx, context, kind, ticket)) !== undefined) return;
  throw organisationError('ORGANISATION_TICKET_INVALID');
}

/** Takes a code of a locked person, so that it is never taken again. @throws ORGANISATION_CODE_WRONG */
export async function useCode(trx: Trx, context: SignInContext, person: PersonRow | undefined, code: string) {
  const taken =
    person === undefined ? undefined : takeCode(context.sealingKey, person, code, context.clock.now());
  if (person === undefined || taken === undefined) throw organisationError('ORGANISATION_CODE_WRONG');
  await updatePerson(trx, person.id, taken.changes);
  return { factor: taken.factor, person };
}
