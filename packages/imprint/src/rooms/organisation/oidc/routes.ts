import Type from 'typebox';
import type { App } from '../../../platform/http/app.ts';
import { sessionCookie } from '../sessions.ts';
import { beginOidcSignIn, callbackPath, endOidcSignIn, type OidcContext, signInSeconds } from './actions.ts';

const tags = ['sign-in'];
const cookieName = '__Host-imprint-oidc';
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Lax';

/** `/v1/sign-in/oidc` and where the issuer sends the browser back to. */
export function oidcRoutes(app: App, context: OidcContext): void {
  app.get(
    '/v1/sign-in/oidc',
    {
      schema: {
        tags,
        operationId: 'beginOidcSignIn',
        summary: 'Send the browser to the OpenID Connect issuer',
        response: { 303: Type.Null() },
      },
    },
    async (request, reply) => {
      const { location, browser } = await beginOidcSignIn(context, request.ip);
      reply.header('set-cookie', `${cookieName}=${browser}; ${attributes}; Max-Age=${signInSeconds}`);
      return reply.redirect(location, 303);
    },
  );
  app.get(
    callbackPath,
    {
      schema: {
        tags,
        operationId: 'endOidcSignIn',
        summary: 'Where the issuer sends the browser back to; opens a session',
        querystring: Type.Object(
          {
            state: Type.Optional(Type.String({ maxLength: 200 })),
            code: Type.Optional(Type.String({ maxLength: 4096 })),
          },
          { additionalProperties: true },
        ),
        response: { 303: Type.Null() },
      },
    },
    async (request, reply) => {
      const query = /\?.*$/s.exec(request.raw.url ?? '')?.[0] ?? '';
      const { secret } = await endOidcSignIn(context, query, browserSecretOf(request.headers.cookie));
      const forgotten = `${cookieName}=; ${attributes}; Max-Age=0`;
      reply.header('set-cookie', [sessionCookie(secret), forgotten]);
      return reply.redirect('/', 303);
    },
  );
}

/** The secret in a `Cookie` header, if there is exactly one of its form. */
function browserSecretOf(cookie: string | undefined): string | undefined {
  const found = (cookie ?? '').split(';').flatMap((pair) => {
    const match = /^\s*__Host-imprint-oidc=([A-Za-z0-9_-]{43})\s*$/.exec(pair);
    return match === null ? [] : [match[1] as string];
  });
  return found.length === 1 ? found[0] : undefined;
}
