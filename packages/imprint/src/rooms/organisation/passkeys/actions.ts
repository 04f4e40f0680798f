import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { serviceContext } from '../../../platform/database/index.ts';
import type { SessionAccess } from '../../../platform/http/access.ts';
import { type OrganisationContext, recordAct, type Tables } from '../actions.ts';
import { putChallenge, takeChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { needsSecondFactor } from '../people/rules.ts';
import {
  findSession,
  liveGrants,
  lockPerson,
  lockPersonByInvitation,
  updatePerson,
} from '../people/store.ts';
import type { PersonRow } from '../people/tables.ts';
import { isSessionOpen, openSession } from '../sessions.ts';
import { countAttempt, type SignInContext } from '../sign-in/context.ts';
import { addressBucket } from '../sign-in/rules.ts';
import type { Passkey, Registration } from './model.ts';
import { canSignIn, freshMinutes, mayRegister, passkeyLimit, type WaysIn } from './rules.ts';
import {
  deletePasskey,
  insertPasskey,
  type PasskeyRow,
  passkeyOf,
  passkeysOf,
  relabelPasskey,
} from './store.ts';
import {
  challengeAnswered,
  creationOptions,
  type NewCredential,
  relyingPartyAt,
  verifyRegistration,
} from './webauthn.ts';

/** What passkeys need beside the room's own. */
export interface PasskeyContext extends Omit<SignInContext, 'sealingKey'> {
  /** The origin at which browsers find this server. @throws ORGANISATION_PUBLIC_URL_MISSING, ORGANISATION_PUBLIC_URL_INVALID */
  readonly publicOrigin: () => string;
}

type Trx = Transaction<Tables>;
const service = serviceContext('sign-in');
export const challengeSeconds = 300;

/** A person who may add a passkey now: signed in and just seen, or holding an invitation. */
type Registrant =
  | { readonly session: SessionAccess }
  | { readonly invitation: string; readonly address: string };

/**
 * Options for a new passkey of somebody who may add one; the challenge in them is theirs alone.
 * @throws ORGANISATION_STEP_UP_REQUIRED, ORGANISATION_INVITATION_INVALID, ORGANISATION_PASSKEY_TOO_MANY,
 * ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function beginRegistration(context: PasskeyContext, registrant: Registrant): Promise<object> {
  const party = relyingPartyAt(context.publicOrigin());
  await countAttempt(context, 'address', bucketOf(registrant));
  return context.database.transaction(service, async (trx) => {
    const person = await personRegistering(trx, context, registrant);
    const held = await passkeysOf(trx, person.id);
    refuseTooMany(held);
    const challenge = await putChallenge(trx, context, {
      kind: 'passkey-registration',
      value: {},
      personId: person.id,
      seconds: challengeSeconds,
    });
    return creationOptions(party, person, challenge, held);
  });
}

const bucketOf = (registrant: Registrant) =>
  'session' in registrant ? `passkey:${registrant.session.personId}` : addressBucket(registrant.address);

/**
 * Registers a passkey of somebody signed in.
 * @throws ORGANISATION_PASSKEY_CHALLENGE, _WRONG_ORIGIN, _UNVERIFIED, _INVALID, _TAKEN, _TOO_MANY
 */
export async function registerPasskey(
  context: PasskeyContext,
  session: SessionAccess,
  answer: Registration,
  label: string,
): Promise<Passkey> {
  const { credential, personId } = await verifyAnswer(context, answer);
  return context.database.transaction(service, async (trx) => {
    const person = await personRegistering(trx, context, { session });
    if (person.id !== personId) throw organisationError('ORGANISATION_PASSKEY_CHALLENGE');
    const row = await addPasskey(trx, context, person, credential, answer, label);
    await recordOwn(trx, context, person, 'organisation.register-passkey', `passkey:${row.id}`);
    return passkeyOf(row);
  });
}

/**
 * Accepts an invitation with a passkey as the only thing to remember, and opens a session.
 * @throws ORGANISATION_INVITATION_INVALID and the codes of `registerPasskey`
 */
export async function acceptWithPasskey(
  context: PasskeyContext,
  given: { invitation: string; address: string },
  answer: Registration,
  label: string,
): Promise<{ secret: string; passkey: Passkey }> {
  const { credential, personId } = await verifyAnswer(context, answer);
  const accepted = await context.database.transaction(service, async (trx) => {
    const person = await personRegistering(trx, context, given);
    if (person.id !== personId) throw organisationError('ORGANISATION_PASSKEY_CHALLENGE');
    const row = await addPasskey(trx, context, person, credential, answer, label);
    await updatePerson(trx, person.id, { invitation_sha256: null, invitation_expires_at: null });
    await recordOwn(trx, context, person, 'organisation.register-passkey', `passkey:${row.id}`);
    return { person, passkey: passkeyOf(row) };
  });
  const { secret } = await context.database.transaction(service, (trx) =>
    openSession(trx, context, accepted.person, ['passkey']),
  );
  return { secret, passkey: accepted.passkey };
}

/** Uses the challenge up, whatever comes of the answer, and verifies the answer. */
async function verifyAnswer(
  context: PasskeyContext,
  answer: Registration,
): Promise<{ credential: NewCredential; personId: string | undefined }> {
  const party = relyingPartyAt(context.publicOrigin());
  const ticket = challengeAnswered(party, answer);
  const challenge = await context.database.transaction(service, (trx) =>
    takeChallenge(trx, context, 'passkey-registration', ticket),
  );
  if (challenge === undefined) throw organisationError('ORGANISATION_PASSKEY_CHALLENGE');
  return { credential: await verifyRegistration(party, ticket, answer), personId: challenge.personId };
}

/** Finds and locks who registers, so that limits hold under parallel requests. */
async function personRegistering(
  trx: Trx,
  context: PasskeyContext,
  registrant: Registrant,
): Promise<PersonRow> {
  const now = context.clock.now();
  if ('invitation' in registrant) {
    const sha256 = createHash('sha256').update(registrant.invitation).digest('hex');
    const person = await lockPersonByInvitation(trx, sha256);
    const ends = person?.invitation_expires_at ?? null;
    if (person === undefined || ends === null || ends <= now || person.disabled_at !== null) {
      throw organisationError('ORGANISATION_INVITATION_INVALID');
    }
    return person;
  }
  const person = await lockPerson(trx, registrant.session.personId);
  const session = await findSession(trx, registrant.session.id);
  if (person === undefined || session === undefined || !isSessionOpen(session, now)) {
    throw organisationError('ORGANISATION_SESSION_ENDED');
  }
  const ways = waysOf(person, (await passkeysOf(trx, person.id)).length);
  if (!mayRegister(session, ways, now))
    throw organisationError('ORGANISATION_STEP_UP_REQUIRED', { minutes: freshMinutes });
  return person;
}

async function addPasskey(
  trx: Trx,
  context: PasskeyContext,
  person: PersonRow,
  credential: NewCredential,
  answer: Registration,
  label: string,
): Promise<PasskeyRow> {
  refuseTooMany(await passkeysOf(trx, person.id));
  const row: PasskeyRow = {
    id: context.ids.id(),
    credential_id: credential.credentialId,
    person_id: person.id,
    agency_path: person.agency_path,
    public_key: credential.publicKey,
    counter: credential.counter,
    transports: answer.response.transports ?? [],
    label,
    created_at: context.clock.now(),
    last_used_at: null,
  };
  if (!(await insertPasskey(trx, row))) throw organisationError('ORGANISATION_PASSKEY_TAKEN');
  return row;
}

function refuseTooMany(held: readonly PasskeyRow[]): void {
  if (held.length >= passkeyLimit) {
    throw organisationError('ORGANISATION_PASSKEY_TOO_MANY', { limit: passkeyLimit });
  }
}

/** Passkeys of somebody signed in. */
export function listPasskeys(context: OrganisationContext, { personId }: SessionAccess): Promise<Passkey[]> {
  return context.database.transaction(service, async (trx) =>
    (await passkeysOf(trx, personId)).map(passkeyOf),
  );
}

/** Renames a passkey of somebody signed in. @throws ORGANISATION_PASSKEY_NOT_FOUND */
export function renamePasskey(
  context: OrganisationContext,
  { personId }: SessionAccess,
  id: string,
  label: string,
): Promise<Passkey> {
  return context.database.transaction(service, async (trx) => {
    const row = await relabelPasskey(trx, personId, id, label);
    if (row === undefined) throw organisationError('ORGANISATION_PASSKEY_NOT_FOUND', { passkey: id });
    return passkeyOf(row);
  });
}

/**
 * Removes a passkey of somebody signed in, unless they could not sign in without it as their roles demand.
 * @throws ORGANISATION_PASSKEY_NOT_FOUND, ORGANISATION_PASSKEY_LAST
 */
export function removePasskey(
  context: OrganisationContext,
  { personId }: SessionAccess,
  id: string,
): Promise<void> {
  return context.database.transaction(service, async (trx) => {
    // The person's row is locked first: of two passkeys removed at once the second is seen to be the last.
    const person = await lockPerson(trx, personId);
    const held = await passkeysOf(trx, personId);
    if (person === undefined || !held.some((row) => row.id === id)) {
      throw organisationError('ORGANISATION_PASSKEY_NOT_FOUND', { passkey: id });
    }
    const needsTwo = needsSecondFactor(await liveGrants(trx, [personId]));
    if (!canSignIn(waysOf(person, held.length - 1), needsTwo)) {
      throw organisationError('ORGANISATION_PASSKEY_LAST');
    }
    await deletePasskey(trx, id);
    await recordOwn(trx, context, person, 'organisation.remove-passkey', `passkey:${id}`);
  });
}

const waysOf = (person: PersonRow, passkeys: number): WaysIn => ({
  passkeys,
  hasPassword: person.password_hash !== null,
  hasTotp: person.totp_confirmed_at !== null,
  isLinked: person.external_subject !== null,
});

/** Records what somebody did to their own way of signing in. */
export function recordOwn(
  trx: Trx,
  context: OrganisationContext,
  person: Pick<PersonRow, 'id' | 'agency_path'>,
  action: string,
  subject: string,
): Promise<void> {
  const actor = { agencyPath: person.agency_path, actor: `person:${person.id}` };
  return recordAct(trx, context, actor, action, subject, person.agency_path);
}
