import { grantAccess, type Scope } from '../platform/http/access.ts';
import type { App } from '../platform/http/app.ts';
import { authenticate, type OrganisationContext, organisationError } from '../rooms/organisation/index.ts';

/** Checks the bearer token of every route that `needs` a scope, before its body is read. */
export function checkTokens(app: App, context: OrganisationContext): void {
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config as { scope?: Scope };
    if (scope === undefined) return;
    const bearer = /^Bearer +(\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) throw organisationError('ORGANISATION_TOKEN_REQUIRED');
    const access = await authenticate(context, bearer);
    if (!access.scopes.includes(scope)) throw organisationError('ORGANISATION_SCOPE_MISSING', { scope });
    grantAccess(request, access);
  });
}
