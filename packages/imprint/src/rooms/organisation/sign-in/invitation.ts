import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { serviceContext } from '../../../platform/database/index.ts';
import { type OrganisationContext, recordAct, type Tables } from '../actions.ts';
import { putChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { needsSecondFactor } from '../people/rules.ts';
import { liveGrants, lockPerson, lockPersonByInvitation, updatePerson } from '../people/store.ts';
import type { PersonRow } from '../people/tables.ts';
import { openSession } from '../sessions.ts';
import { holderOf, spend, useCode } from './actions.ts';
import { countAttempt, type SignInContext } from './context.ts';
import { hashPassword, newRecoveryCodes, newTotp } from './factors.ts';
import { addressBucket, type PasswordFault, passwordFault, passwordLength } from './rules.ts';

const asService = serviceContext('sign-in');
const invitationDays = 7;
const enrolmentSeconds = 900;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A fresh invitation: its secret, and what is kept of it in the person's row. */
export function newInvitation(context: OrganisationContext) {
  const secret = context.ids.secret();
  const expiresAt = new Date(context.clock.now().getTime() + invitationDays * 86_400_000);
  return { secret, kept: { invitation_sha256: sha256(secret), invitation_expires_at: expiresAt } };
}

/** What an accepted invitation leads to. */
interface Accepted {
  /** Confirms the one-time codes within a quarter of an hour. */
  readonly ticket: string;
  /** For an authenticator: `otpauth://totp/…`. */
  readonly uri: string;
  /** The roles demand it; otherwise the password counts already. */
  readonly codeRequired: boolean;
}

/**
 * Sets the password of an invited person and begins one-time codes. Where the roles demand those, the invitation stays good
 * until they are confirmed, so that a lost connection locks nobody out.
 * @throws ORGANISATION_INVITATION_INVALID, ORGANISATION_PASSWORD_*, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function acceptInvitation(
  context: SignInContext,
  given: { invitation: string; password: string; address: string },
): Promise<Accepted> {
  await countAttempt(context, 'address', addressBucket(given.address));
  const hashed = sha256(given.invitation);
  await countAttempt(context, 'account', `invitation:${hashed}`);
  const invited = await context.database.transaction(asService, (trx) => invitedPerson(trx, context, hashed));
  const fault = passwordFault(given.password, invited);
  if (fault !== undefined) throw passwordError(fault, given.password);
  const password_hash = await hashPassword(given.password);
  return context.database.transaction(asService, async (trx) => {
    const person = await invitedPerson(trx, context, hashed);
    const codeRequired = needsSecondFactor(await liveGrants(trx, [person.id]));
    const { sealed, uri } = newTotp(context.sealingKey, person);
    await updatePerson(trx, person.id, {
      password_hash,
      totp_sealed: sealed,
      totp_confirmed_at: null,
      ...(codeRequired ? {} : { invitation_sha256: null, invitation_expires_at: null }),
    });
    const enrolment = { kind: 'enrolment', value: {}, personId: person.id, seconds: enrolmentSeconds };
    const ticket = await putChallenge(trx, context, enrolment);
    await recordOwn(trx, context, 'organisation.set-password', person);
    return { ticket, uri, codeRequired };
  });
}

/**
 * Confirms one-time codes by the first of them, and signs in. Recovery codes are in this answer only.
 * @throws ORGANISATION_TICKET_INVALID, ORGANISATION_CODE_WRONG, ORGANISATION_PERSON_DISABLED, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function confirmCodes(
  context: SignInContext,
  given: { ticket: string; code: string; address: string },
): Promise<{ secret: string; recoveryCodes: string[] }> {
  await countAttempt(context, 'address', addressBucket(given.address));
  const personId = await holderOf(context, 'enrolment', given.ticket);
  await countAttempt(context, 'account', `code:${personId}`);
  return context.database.transaction(asService, async (trx) => {
    const { person, factor } = await useCode(trx, context, await lockPerson(trx, personId), given.code);
    if (factor !== 'totp') throw organisationError('ORGANISATION_CODE_WRONG');
    await spend(trx, context, 'enrolment', given.ticket);
    const recovery = newRecoveryCodes();
    await updatePerson(trx, person.id, {
      totp_confirmed_at: context.clock.now(),
      recovery_sha256: recovery.sha256,
      invitation_sha256: null,
      invitation_expires_at: null,
    });
    const { secret } = await openSession(trx, context, person, ['password', 'totp']);
    await recordOwn(trx, context, 'organisation.confirm-codes', person);
    return { secret, recoveryCodes: recovery.codes };
  });
}

/** The person an invitation is for, locked. @throws ORGANISATION_INVITATION_INVALID */
async function invitedPerson(
  trx: Transaction<Tables>,
  { clock }: SignInContext,
  hashed: string,
): Promise<PersonRow> {
  const person = await lockPersonByInvitation(trx, hashed);
  const until = person?.invitation_expires_at ?? null;
  if (person === undefined || until === null || until <= clock.now() || person.disabled_at !== null) {
    throw organisationError('ORGANISATION_INVITATION_INVALID');
  }
  return person;
}

function passwordError(fault: PasswordFault, password: string) {
  if (fault === 'common') return organisationError('ORGANISATION_PASSWORD_COMMON');
  if (fault === 'names-you') return organisationError('ORGANISATION_PASSWORD_NAMES_YOU');
  return organisationError('ORGANISATION_PASSWORD_LENGTH', { ...passwordLength, got: [...password].length });
}

const recordOwn = (
  trx: Transaction<Tables>,
  context: SignInContext,
  action: string,
  person: PersonRow,
): Promise<void> => {
  const self = `person:${person.id}`;
  return recordAct(
    trx,
    context,
    { agencyPath: person.agency_path, actor: self },
    action,
    self,
    person.agency_path,
  );
};
