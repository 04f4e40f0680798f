import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** Whom the issuer signs in, and what it says of them. */
export interface Account {
  readonly sub: string;
  readonly amr?: string[];
  readonly claims?: Record<string, unknown>;
}

/** A real OpenID Connect issuer on this machine, which signs in whomever the test names without asking. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Opens for a client that comes back to an address. */
  serve(redirectUri: string): void;
  /** Names who sits before every browser from now on. */
  signsIn(account: Account): void;
  /** Answers of the token endpoint from now on; undefined lets the issuer answer itself. */
  answerTokens(answer: (() => Promise<object>) | undefined): void;
  /** While true, every connection is cut. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

export async function identityProvider(): Promise<IdentityProvider> {
  const clientId = 'imprint';
  const clientSecret = randomBytes(24).toString('base64url');
  let provider: Provider | undefined;
  let account: Account = { sub: 'nobody' };
  let tokens: (() => Promise<object>) | undefined;
  let isDown = false;
  const server = createServer((request, response) => {
    if (isDown || provider === undefined) return void request.socket.destroy();
    answer(provider, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(open: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/')) {
      const { amr } = account;
      const login = { accountId: account.sub, ...(amr === undefined ? {} : { amr }) };
      return open.interactionFinished(request, response, { login });
    }
    if (request.url === '/token' && tokens !== undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(await tokens()));
      return;
    }
    await open.callback()(request, response);
  }

  return {
    issuer,
    clientId,
    clientSecret,
    serve: (redirectUri) => {
      const client = { client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] };
      provider = openIssuer(issuer, client, () => account);
    },
    signsIn: (next) => {
      account = next;
    },
    answerTokens: (next) => {
      tokens = next;
    },
    setDown: (next) => {
      isDown = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function openIssuer(
  issuer: string,
  client: { client_id: string; client_secret: string; redirect_uris: string[] },
  account: () => Account,
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(issuer, {
    clients: [client],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'amr', 'name', 'groups', 'agency'] },
    pkce: { required: () => true },
    ttl: { IdToken: 60, AccessToken: 60, AuthorizationCode: 60, Interaction: 60, Session: 60, Grant: 60 },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...(sub === account().sub ? account().claims : {}) }),
    }),
    loadExistingGrant: async (context) => {
      const { client: asking, session } = context.oidc;
      const grant = new context.oidc.provider.Grant({
        clientId: asking?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
}
