import { createHash, createHmac } from 'node:crypto';
import { serviceContext } from '../../../platform/database/index.ts';
import { putChallenge, takeChallenge } from '../challenges.ts';
import { organisationError } from '../errors.ts';
import { openSession } from '../sessions.ts';
import { countAttempt, type SignInContext } from '../sign-in/context.ts';
import { addressBucket } from '../sign-in/rules.ts';
import { admit } from './admit.ts';
import type { OidcProvider, SignInChecks } from './provider.ts';
import { type ClaimTable, factorsByClaims } from './rules.ts';

/** What signing in with an issuer needs beside the room's own. */
export interface OidcContext extends Omit<SignInContext, 'sealingKey'> {
  /** The origin at which browsers find this server. @throws ORGANISATION_PUBLIC_URL_MISSING, ORGANISATION_PUBLIC_URL_INVALID */
  readonly publicOrigin: () => string;
  /** Absent where no issuer is set. */
  readonly oidc: { readonly provider: OidcProvider; readonly table: ClaimTable } | undefined;
}

export const callbackPath = '/v1/sign-in/oidc/callback';
export const signInSeconds = 600;
const service = serviceContext('sign-in');
const kind = 'oidc-sign-in';

/**
 * Begins a sign-in for one browser: where to send it, and the secret it keeps until it comes back.
 * @throws ORGANISATION_OIDC_NOT_CONFIGURED, ORGANISATION_OIDC_UNAVAILABLE, ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function beginOidcSignIn(
  context: OidcContext,
  address: string,
): Promise<{ location: string; browser: string }> {
  const { provider } = configured(context);
  await countAttempt(context, 'address', addressBucket(address));
  const redirectUri = context.publicOrigin() + callbackPath;
  const browser = context.ids.secret();
  const value = { browser: sha256(browser) };
  const state = await context.database.transaction(service, (trx) =>
    putChallenge(trx, context, { kind, value, seconds: signInSeconds }),
  );
  const url = await provider.authorizationUrl(redirectUri, checksOf(browser, state));
  return { location: url.href, browser };
}

/**
 * Ends a sign-in: redeems the code the browser brings, once, and opens a session for whom the claims admit.
 * @throws ORGANISATION_OIDC_STATE_UNKNOWN, _REFUSED, _UNAVAILABLE, _NOT_ADMITTED, ORGANISATION_PERSON_DISABLED
 */
export async function endOidcSignIn(
  context: OidcContext,
  query: string,
  browser: string | undefined,
): Promise<{ secret: string }> {
  const { provider, table } = configured(context);
  const callback = new URL(`${callbackPath}${query}`, context.publicOrigin());
  const state = callback.searchParams.get('state') ?? '';
  const challenge = await context.database.transaction(service, (trx) =>
    takeChallenge(trx, context, kind, state),
  );
  const expected = (challenge?.value as { browser: string } | undefined)?.browser;
  if (browser === undefined || expected === undefined || sha256(browser) !== expected) {
    throw organisationError('ORGANISATION_OIDC_STATE_UNKNOWN');
  }
  const claims = await provider.redeem(callback, checksOf(browser, state));
  const person = await context.database.transaction(service, (trx) => admit(trx, context, claims, table));
  if (person === undefined) throw organisationError('ORGANISATION_OIDC_NOT_ADMITTED');
  return context.database.transaction(service, (trx) =>
    openSession(trx, context, person, factorsByClaims(claims, table)),
  );
}

function configured(context: OidcContext): NonNullable<OidcContext['oidc']> {
  if (context.oidc === undefined) throw organisationError('ORGANISATION_OIDC_NOT_CONFIGURED');
  return context.oidc;
}

/** Nonce and code verifier come from what only the browser holds, so that the database could not complete a sign-in. */
function checksOf(browser: string, state: string): SignInChecks {
  const derive = (purpose: string) =>
    createHmac('sha256', browser).update(`${purpose}:${state}`).digest('base64url');
  return { state, nonce: derive('nonce'), codeVerifier: derive('code-verifier') };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
