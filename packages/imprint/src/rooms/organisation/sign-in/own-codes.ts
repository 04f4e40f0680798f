import type { Transaction } from 'kysely';
import { serviceContext } from '../../../platform/database/index.ts';
import type { SessionAccess } from '../../../platform/http/access.ts';
import { recordAct, type Tables } from '../actions.ts';
import { putChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { findSession, lockPerson, updatePerson } from '../people/store.ts';
import type { PersonRow } from '../people/tables.ts';
import { isSessionOpen, stepUpSession } from '../sessions.ts';
import { holderOf, spend, useCode } from './actions.ts';
import { countAttempt, type SignInContext } from './context.ts';
import { newRecoveryCodes, newTotp } from './factors.ts';

type Trx = Transaction<Tables>;

const asService = serviceContext('sign-in');
const kind = 'own-codes';
const confirmSeconds = 900;

/**
 * Begins one-time codes of a signed-in person who has none: one who came by OpenID Connect or by a passkey.
 * @throws ORGANISATION_CODES_EXIST, ORGANISATION_SESSION_ENDED
 */
export function beginOwnCodes(
  context: SignInContext,
  own: SessionAccess,
): Promise<{ ticket: string; uri: string }> {
  return context.database.transaction(asService, async (trx) => {
    const person = await withoutCodes(trx, own);
    const { sealed, uri } = newTotp(context.sealingKey, person);
    await updatePerson(trx, person.id, { totp_sealed: sealed });
    const challenge = { kind, value: {}, personId: person.id, seconds: confirmSeconds };
    return { ticket: await putChallenge(trx, context, challenge), uri };
  });
}

/**
 * Confirms one-time codes by the first of them; the session gets a new secret. Recovery codes are in this answer only.
 * @throws ORGANISATION_TICKET_INVALID, ORGANISATION_CODE_WRONG, ORGANISATION_CODES_EXIST, ORGANISATION_SESSION_ENDED,
 * ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function confirmOwnCodes(
  context: SignInContext,
  own: SessionAccess,
  given: { ticket: string; code: string },
): Promise<{ secret: string; recoveryCodes: string[] }> {
  await countAttempt(context, 'account', `code:${own.personId}`);
  if ((await holderOf(context, kind, given.ticket)) !== own.personId) {
    throw organisationError('ORGANISATION_TICKET_INVALID');
  }
  return context.database.transaction(asService, async (trx) => {
    const { person, factor } = await useCode(trx, context, await withoutCodes(trx, own), given.code);
    if (factor !== 'totp') throw organisationError('ORGANISATION_CODE_WRONG');
    await spend(trx, context, kind, given.ticket);
    const session = await findSession(trx, own.id);
    if (session === undefined || !isSessionOpen(session, context.clock.now())) {
      throw organisationError('ORGANISATION_SESSION_ENDED');
    }
    const recovery = newRecoveryCodes();
    await updatePerson(trx, person.id, {
      totp_confirmed_at: context.clock.now(),
      recovery_sha256: recovery.sha256,
    });
    const { secret } = await stepUpSession(trx, context, session, factor);
    await recordOwn(trx, context, 'organisation.confirm-codes', person);
    return { secret, recoveryCodes: recovery.codes };
  });
}

/**
 * Makes a signed-in person's recovery codes anew; those of before stop counting.
 * @throws ORGANISATION_CODES_MISSING, ORGANISATION_SESSION_ENDED
 */
export function renewRecoveryCodes(context: SignInContext, own: SessionAccess): Promise<string[]> {
  return context.database.transaction(asService, async (trx) => {
    const person = await ownPerson(trx, own);
    if (person.totp_confirmed_at === null) throw organisationError('ORGANISATION_CODES_MISSING');
    const { codes, sha256 } = newRecoveryCodes();
    await updatePerson(trx, person.id, { recovery_sha256: sha256 });
    await recordOwn(trx, context, 'organisation.renew-recovery-codes', person);
    return codes;
  });
}

/** @throws ORGANISATION_CODES_EXIST, ORGANISATION_SESSION_ENDED */
async function withoutCodes(trx: Trx, own: SessionAccess): Promise<PersonRow> {
  const person = await ownPerson(trx, own);
  if (person.totp_confirmed_at !== null) throw organisationError('ORGANISATION_CODES_EXIST');
  return person;
}

/** The session's person, locked. @throws ORGANISATION_SESSION_ENDED */
async function ownPerson(trx: Trx, own: SessionAccess): Promise<PersonRow> {
  const person = await lockPerson(trx, own.personId);
  if (person === undefined || person.disabled_at !== null) {
    throw organisationError('ORGANISATION_SESSION_ENDED');
  }
  return person;
}

function recordOwn(trx: Trx, context: SignInContext, action: string, person: PersonRow): Promise<void> {
  const self = { agencyPath: person.agency_path, actor: `person:${person.id}` };
  return recordAct(trx, context, self, action, self.actor, person.agency_path);
}
