import type { FastifyRequest } from 'fastify';
import { type Access, grantAccess, type Needs } from '../platform/http/access.ts';
import type { App } from '../platform/http/app.ts';
import {
  authenticate,
  authenticateSession,
  type OrganisationContext,
  organisationError,
  sessionSecretOf,
} from '../rooms/organisation/index.ts';

const stepUpMinutes = 5;

/** Checks the token or the session of every route that needs one, before its body is read. */
export function checkAccess(app: App, context: OrganisationContext): void {
  app.addHook('onRequest', async (request) => {
    const needs = request.routeOptions.config as Needs;
    if (needs.sameOrigin === true && namesItsOrigin(request)) refuseForeign(request);
    if (needs.scope === undefined && needs.session === undefined) return;
    const access = await whoAsks(context, request, needs);
    if (needs.scope !== undefined && !access.scopes.includes(needs.scope)) {
      throw organisationError('ORGANISATION_SCOPE_MISSING', { scope: needs.scope });
    }
    if (needs.stepUp === true) refuseStale(access, context.clock.now());
    grantAccess(request, access);
  });
}

/** A token if one is sent, else the session of the cookie: what a program says outweighs what a browser adds. */
async function whoAsks(context: OrganisationContext, request: FastifyRequest, needs: Needs): Promise<Access> {
  const missing = needs.session === true ? 'ORGANISATION_SESSION_REQUIRED' : 'ORGANISATION_TOKEN_REQUIRED';
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const bearer = /^Bearer +(\S{1,200})$/i.exec(authorization)?.[1];
    if (bearer === undefined || needs.session === true) throw organisationError(missing);
    return authenticate(context, bearer);
  }
  const secret = sessionSecretOf(cookie);
  if (secret === undefined) throw organisationError(missing);
  refuseForeign(request);
  return authenticateSession(context, secret);
}

const namesItsOrigin = ({ headers }: FastifyRequest): boolean =>
  headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;

/**
 * Refuses a change asked for with a cookie unless it is JSON and comes from this server's own pages: a browser says so in
 * `Sec-Fetch-Site`, an older one in `Origin`. @throws ORGANISATION_ORIGIN_REFUSED
 */
function refuseForeign(request: FastifyRequest): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined ? hostOf(headers.origin) === request.host : site === 'same-origin';
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const isJson = /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
  if (!isOwn || (hasBody && !isJson)) throw organisationError('ORGANISATION_ORIGIN_REFUSED');
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : '';
}

/** Refuses a person who has not proved lately to be there; machines have nothing to prove. @throws ORGANISATION_STEP_UP_REQUIRED */
function refuseStale({ session }: Access, now: Date): void {
  if (session === undefined) return;
  const at = session.steppedUpAt?.getTime() ?? 0;
  if (at + stepUpMinutes * 60_000 > now.getTime()) return;
  throw organisationError('ORGANISATION_STEP_UP_REQUIRED', { minutes: stepUpMinutes });
}
