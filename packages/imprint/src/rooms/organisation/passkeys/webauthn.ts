import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { organisationError } from '../errors.ts';
import type { Assertion, Registration } from './model.ts';
import { readClientData } from './rules.ts';

/** This server as browsers know it; passkeys are bound to the host name. */
interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/** The relying party at an origin. */
export function relyingPartyAt(origin: string): RelyingParty {
  return { id: new URL(origin).hostname, origin };
}

/** What a verified registration brings. */
export interface NewCredential {
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly counter: number;
}

const bytesOf = (ticket: string) => new Uint8Array(Buffer.from(ticket, 'base64url'));
const timeout = 5 * 60_000;
/** Ed25519, ES256 and RS256. Source: IANA, COSE Algorithms. */
const supportedAlgorithmIDs = [-8, -7, -257];

/** Options of `create()`: a discoverable passkey behind a PIN or biometrics, without attestation. */
export function creationOptions(
  party: RelyingParty,
  person: { readonly id: string; readonly login: string; readonly name: string },
  challenge: string,
  held: readonly { readonly credential_id: string; readonly transports: string[] }[],
): Promise<object> {
  return generateRegistrationOptions({
    rpName: 'Imprint',
    rpID: party.id,
    userID: new Uint8Array(Buffer.from(person.id)),
    userName: person.login,
    userDisplayName: person.name,
    challenge: bytesOf(challenge),
    timeout,
    attestationType: 'none',
    supportedAlgorithmIDs,
    excludeCredentials: held.map(descriptor),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** Options of `get()`; without passkeys named the person chooses one of those their device keeps for this server. */
export function requestOptions(
  party: RelyingParty,
  challenge: string,
  held: readonly { readonly credential_id: string; readonly transports: string[] }[] = [],
): Promise<object> {
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: bytesOf(challenge),
    timeout,
    userVerification: 'required',
    allowCredentials: held.map(descriptor),
  });
}

const descriptor = ({ credential_id: id, transports }: { credential_id: string; transports: string[] }) => ({
  id,
  transports,
});

/**
 * The challenge an answer was given to, when it was given at this server's own origin.
 * @throws ORGANISATION_PASSKEY_INVALID, ORGANISATION_PASSKEY_WRONG_ORIGIN
 */
export function challengeAnswered(party: RelyingParty, answer: Registration | Assertion): string {
  const data = readClientData(answer.response.clientDataJSON);
  if (data === undefined) throw organisationError('ORGANISATION_PASSKEY_INVALID');
  if (data.origin !== party.origin) {
    const got = data.origin.slice(0, 200);
    throw organisationError('ORGANISATION_PASSKEY_WRONG_ORIGIN', { got, expected: party.origin });
  }
  return data.challenge;
}

/** Verifies a registration. @throws ORGANISATION_PASSKEY_INVALID, ORGANISATION_PASSKEY_UNVERIFIED */
export async function verifyRegistration(
  party: RelyingParty,
  challenge: string,
  answer: Registration,
): Promise<NewCredential> {
  const { registrationInfo } = await verified(() =>
    verifyRegistrationResponse({
      response: answer as Parameters<typeof verifyRegistrationResponse>[0]['response'],
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs,
    }),
  );
  if (registrationInfo === undefined) throw organisationError('ORGANISATION_PASSKEY_INVALID');
  if (!registrationInfo.userVerified) throw organisationError('ORGANISATION_PASSKEY_UNVERIFIED');
  const { id, publicKey, counter } = registrationInfo.credential;
  return { credentialId: id, publicKey: Buffer.from(publicKey), counter };
}

/**
 * Verifies an assertion and returns its counter; whether that went back is for the row, under its lock.
 * @throws ORGANISATION_PASSKEY_INVALID, ORGANISATION_PASSKEY_UNVERIFIED
 */
export async function verifyAssertion(
  party: RelyingParty,
  challenge: string,
  answer: Assertion,
  kept: { readonly credential_id: string; readonly public_key: Buffer },
): Promise<number> {
  const { authenticationInfo } = await verified(() =>
    verifyAuthenticationResponse({
      response: answer as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      // The library compares counters before it verifies the signature; here only a signed counter is believed.
      credential: { id: kept.credential_id, publicKey: new Uint8Array(kept.public_key), counter: 0 },
    }),
  );
  if (!authenticationInfo.userVerified) throw organisationError('ORGANISATION_PASSKEY_UNVERIFIED');
  return authenticationInfo.newCounter;
}

async function verified<R extends { verified: boolean }>(verify: () => Promise<R>): Promise<R> {
  let result: R;
  try {
    result = await verify();
  } catch (error) {
    throw organisationError('ORGANISATION_PASSKEY_INVALID', {}, { cause: error });
  }
  if (!result.verified) throw organisationError('ORGANISATION_PASSKEY_INVALID');
  return result;
}
