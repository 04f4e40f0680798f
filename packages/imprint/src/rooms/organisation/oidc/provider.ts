import * as oidc from 'openid-client';
import type { Clock } from '../../../platform/clock.ts';
import { organisationError } from '../errors.ts';
import { isLoopback } from '../public-origin.ts';

/** The issuer people sign in with, and this server as its client. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
}

/** Claims of an ID token whose signature, issuer, audience, nonce and times were checked. */
export type VerifiedClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string;
  readonly sub: string;
};

/** What one sign-in must come back with. */
export interface SignInChecks {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** The OpenID Connect client of one issuer. */
export interface OidcProvider {
  readonly issuer: string;
  /** Where a browser is sent. @throws ORGANISATION_OIDC_UNAVAILABLE */
  authorizationUrl(redirectUri: string, checks: SignInChecks): Promise<URL>;
  /** Redeems a code. @throws ORGANISATION_OIDC_UNAVAILABLE, ORGANISATION_OIDC_REFUSED */
  redeem(callback: URL, checks: SignInChecks): Promise<VerifiedClaims>;
}

const metadataAgeMs = 3_600_000;
const timeoutSeconds = 10;
const maximumAnswerBytes = 1024 * 1024;

/**
 * Opens the client of an issuer; it is asked for its metadata at the first sign-in, and again after an hour.
 * @throws ORGANISATION_OIDC_ISSUER_INVALID unless it is an https address, or http on this machine
 */
export function openProvider(settings: IssuerSettings, clock: Clock): OidcProvider {
  const issuer = issuerUrl(settings.issuer);
  let kept: { metadata: oidc.ServerMetadata; at: number } | undefined;

  async function metadata(): Promise<oidc.ServerMetadata> {
    const now = clock.now().getTime();
    if (kept !== undefined && now - kept.at < metadataAgeMs && now >= kept.at) return kept.metadata;
    try {
      const found = await oidc.discovery(issuer, settings.clientId, undefined, oidc.None(), {
        timeout: timeoutSeconds,
        [oidc.customFetch]: boundedFetch,
        execute: insecureOnLoopback(issuer),
      });
      kept = { metadata: found.serverMetadata(), at: now };
    } catch (error) {
      // Endpoints rarely move: what was known yesterday is tried before people are turned away.
      if (kept === undefined) throw unavailable(issuer, error);
    }
    return kept.metadata;
  }

  /** Signatures of ID tokens are verified although they come straight from the issuer; its keys are fetched afresh. */
  async function client(): Promise<oidc.Configuration> {
    const skewSeconds = Math.round((clock.now().getTime() - Date.now()) / 1000);
    const known = await metadata();
    const auth = clientAuthOf(settings.clientSecret, known);
    const configuration = new oidc.Configuration(
      known,
      settings.clientId,
      { [oidc.clockSkew]: skewSeconds },
      auth,
    );
    configuration.timeout = timeoutSeconds;
    configuration[oidc.customFetch] = boundedFetch;
    for (const extend of [...insecureOnLoopback(issuer), oidc.enableNonRepudiationChecks])
      extend(configuration);
    return configuration;
  }

  return {
    issuer: settings.issuer,
    async authorizationUrl(redirectUri, checks) {
      return oidc.buildAuthorizationUrl(await client(), {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: 'S256',
      });
    },
    async redeem(callback, checks) {
      const configuration = await client();
      try {
        const answer = await oidc.authorizationCodeGrant(configuration, callback, {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.codeVerifier,
          idTokenExpected: true,
        });
        const claims = answer.claims();
        if (claims === undefined) throw new TypeError('no ID token');
        return claims;
      } catch (error) {
        if (isOutage(error)) throw unavailable(issuer, error);
        throw organisationError('ORGANISATION_OIDC_REFUSED', { reason: reasonOf(error) }, { cause: error });
      }
    },
  };
}

function issuerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isAllowed(url) || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw organisationError('ORGANISATION_OIDC_ISSUER_INVALID', { issuer: text.slice(0, 200) });
  }
  return url;
}

/** `client_secret_basic` unless the issuer offers others only. Source: OpenID Connect Discovery 1.0 §3. */
function clientAuthOf(
  secret: string | undefined,
  { token_endpoint_auth_methods_supported: offered }: oidc.ServerMetadata,
) {
  if (secret === undefined) return oidc.None();
  const isBasic = offered === undefined || offered.includes('client_secret_basic');
  return isBasic ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret);
}

const isAllowed = (url: URL) =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));

const insecureOnLoopback = (issuer: URL) => (issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []);

class Unreachable extends Error {}

/** Fetches from the issuer: an endpoint its metadata names may be no less protected than the issuer, and is read bounded. */
const boundedFetch: oidc.CustomFetch = async (url, options) => {
  if (!isAllowed(new URL(url))) throw new Unreachable('an endpoint without TLS');
  let response: Response;
  try {
    response = await fetch(url, options as RequestInit);
  } catch (error) {
    throw new Unreachable('no answer', { cause: error });
  }
  if (response.status >= 500) throw new Unreachable(`status ${response.status}`);
  return new Response(await readBounded(response), { status: response.status, headers: response.headers });
};

async function readBounded(response: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.body === null) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maximumAnswerBytes) throw new Unreachable('an answer beyond all measure');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The issuer could not be asked, which says nothing about the person. */
function isOutage(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof Unreachable || at.name === 'TimeoutError' || at.name === 'AbortError') return true;
  }
  return false;
}

/** The library's or the protocol's own word for what was wrong; whatever else a browser brings back is not repeated. */
function reasonOf(error: unknown): string {
  const isProtocol =
    error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError;
  const word = isProtocol ? error.error : error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[A-Za-z0-9_.-]{1,60}$/.test(word) ? word : 'unknown';
}

function unavailable(issuer: URL, cause: unknown) {
  return organisationError('ORGANISATION_OIDC_UNAVAILABLE', { issuer: issuer.host }, { cause });
}
