import type { Transaction } from 'kysely';
import { serviceContext } from '../../../platform/database/index.ts';
import type { SessionAccess } from '../../../platform/http/access.ts';
import type { Tables } from '../actions.ts';
import { putChallenge, takeChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { findPerson, findSession } from '../people/store.ts';
import { isSessionOpen, openSession, stepUpSession } from '../sessions.ts';
import { countAttempt } from '../sign-in/context.ts';
import { addressBucket } from '../sign-in/rules.ts';
import { challengeSeconds, type PasskeyContext, recordOwn } from './actions.ts';
import type { Assertion } from './model.ts';
import { isCounterBack } from './rules.ts';
import { findPasskey, lockPasskey, notePasskeyUse, type PasskeyRow, passkeysOf } from './store.ts';
import { challengeAnswered, relyingPartyAt, requestOptions, verifyAssertion } from './webauthn.ts';

const service = serviceContext('sign-in');
type Kind = 'passkey-sign-in' | 'passkey-step-up';

/**
 * Options to sign in with whichever passkey the person's device keeps for this server.
 * @throws ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function beginPasskeySignIn(context: PasskeyContext, address: string): Promise<object> {
  const party = relyingPartyAt(context.publicOrigin());
  await countAttempt(context, 'address', addressBucket(address));
  return context.database.transaction(service, async (trx) => {
    const seconds = challengeSeconds;
    const challenge = await putChallenge(trx, context, { kind: 'passkey-sign-in', value: {}, seconds });
    return requestOptions(party, challenge);
  });
}

/**
 * Signs somebody in by a passkey: what they have, and a PIN or biometrics that their device has checked.
 * @throws ORGANISATION_PASSKEY_CHALLENGE, _WRONG_ORIGIN, _UNKNOWN, _UNVERIFIED, _INVALID, _CLONED, ORGANISATION_PERSON_DISABLED
 */
export async function signInWithPasskey(
  context: PasskeyContext,
  answer: Assertion,
): Promise<{ secret: string }> {
  const { passkey, counter } = await verifyAnswer(context, 'passkey-sign-in', answer);
  return used(context, passkey, counter, async (trx) => {
    const person = await findPerson(trx, passkey.person_id);
    if (person === undefined) throw organisationError('ORGANISATION_PASSKEY_UNKNOWN');
    return openSession(trx, context, person, ['passkey']);
  });
}

/**
 * Options by which somebody signed in proves with one of their passkeys to be there.
 * @throws ORGANISATION_PASSKEY_UNKNOWN, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function beginStepUp(context: PasskeyContext, session: SessionAccess): Promise<object> {
  const party = relyingPartyAt(context.publicOrigin());
  await countAttempt(context, 'address', `passkey:${session.personId}`);
  return context.database.transaction(service, async (trx) => {
    const held = await passkeysOf(trx, session.personId);
    if (held.length === 0) throw organisationError('ORGANISATION_PASSKEY_UNKNOWN');
    const challenge = await putChallenge(trx, context, {
      kind: 'passkey-step-up',
      value: { session: session.id },
      personId: session.personId,
      seconds: challengeSeconds,
    });
    return requestOptions(party, challenge, held);
  });
}

/**
 * Notes in a session that its person has just proved to be there; the session's secret changes.
 * @throws ORGANISATION_SESSION_ENDED and the codes of `signInWithPasskey`
 */
export async function stepUpWithPasskey(
  context: PasskeyContext,
  access: SessionAccess,
  answer: Assertion,
): Promise<{ secret: string }> {
  const { passkey, counter } = await verifyAnswer(context, 'passkey-step-up', answer, access);
  return used(context, passkey, counter, async (trx) => {
    const session = await findSession(trx, access.id);
    if (session === undefined || !isSessionOpen(session, context.clock.now())) {
      throw organisationError('ORGANISATION_SESSION_ENDED');
    }
    return stepUpSession(trx, context, session, 'passkey');
  });
}

/** Uses the challenge up, whatever comes of the answer, and verifies the answer with the passkey it names. */
async function verifyAnswer(
  context: PasskeyContext,
  kind: Kind,
  answer: Assertion,
  session?: SessionAccess,
): Promise<{ passkey: PasskeyRow; counter: number }> {
  const party = relyingPartyAt(context.publicOrigin());
  const ticket = challengeAnswered(party, answer);
  const passkey = await context.database.transaction(service, async (trx) => {
    const challenge = await takeChallenge(trx, context, kind, ticket);
    const given = challenge?.value as { session?: string } | undefined;
    if (given === undefined || given.session !== session?.id) return 'no-challenge';
    return findPasskey(trx, answer.id);
  });
  if (passkey === 'no-challenge') throw organisationError('ORGANISATION_PASSKEY_CHALLENGE');
  if (passkey === undefined || !isHeldBy(passkey, answer, session)) {
    throw organisationError('ORGANISATION_PASSKEY_UNKNOWN');
  }
  return { passkey, counter: await verifyAssertion(party, ticket, answer, passkey) };
}

/** The device and the session, where they name a person, name the one whose passkey it is. */
function isHeldBy(passkey: PasskeyRow, { response }: Assertion, session?: SessionAccess): boolean {
  const handle = response.userHandle ?? undefined;
  const named = handle === undefined ? undefined : Buffer.from(handle, 'base64url').toString('utf8');
  // A discoverable passkey always names its person; one that does not was never registered for signing in.
  const mayBeUnnamed = session !== undefined && named === undefined;
  return (
    (mayBeUnnamed || named === passkey.person_id) &&
    (session === undefined || session.personId === passkey.person_id)
  );
}

/** Notes the use under the passkey's lock and goes on; a counter that went back stays recorded and ends it. */
async function used<R>(
  context: PasskeyContext,
  { id }: PasskeyRow,
  counter: number,
  goOn: (trx: Transaction<Tables>) => Promise<R>,
): Promise<R> {
  const result = await context.database.transaction(service, async (trx) => {
    const row = await lockPasskey(trx, id);
    if (row === undefined) throw organisationError('ORGANISATION_PASSKEY_UNKNOWN');
    if (isCounterBack(row.counter, counter)) {
      const owner = { id: row.person_id, agency_path: row.agency_path };
      await recordOwn(trx, context, owner, 'organisation.passkey-cloned', `passkey:${id}`);
      return 'cloned';
    }
    await notePasskeyUse(trx, id, counter, context.clock.now());
    return { done: await goOn(trx) };
  });
  if (result === 'cloned') throw organisationError('ORGANISATION_PASSKEY_CLONED');
  return result.done;
}
