import Type from 'typebox';
import { accessOf, needs } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { DryRunQuery, isDryRun } from '../../platform/http/dry-run.ts';
import { PageQuery, pageOf } from '../../platform/http/page.ts';
import { addAgency, issueToken, type OrganisationContext, revoke } from './actions.ts';
import { Agency, NewAgency, NewToken, Token } from './model.ts';
import { peopleRoutes } from './people/routes.ts';
import { sessionRoutes } from './session-routes.ts';
import type { SignInContext } from './sign-in/context.ts';
import { ownCodesRoutes } from './sign-in/own-codes-routes.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { agencyOf, listAgencies, listTokens, tokenOf } from './store.ts';

const tags = ['organisation'];

/** `/v1/agencies`, `/v1/tokens`, `/v1/people`, and signing in. */
export function organisationRoutes(app: App, context: SignInContext): void {
  agencyRoutes(app, context);
  tokenRoutes(app, context);
  peopleRoutes(app, context);
  signInRoutes(app, context);
  sessionRoutes(app, context);
  ownCodesRoutes(app, context);
}

function agencyRoutes(app: App, context: OrganisationContext): void {
  app.get(
    '/v1/agencies',
    {
      ...needs('organisation:read'),
      schema: {
        tags,
        operationId: 'listAgencies',
        summary: 'Your agency and those below it, in tree order; a page goes on after a path',
        querystring: PageQuery,
        response: { 200: Type.Object({ agencies: Type.Array(Agency) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listAgencies(trx, after, limit),
      );
      return { agencies: rows.map(agencyOf) };
    },
  );
  app.post(
    '/v1/agencies',
    {
      ...needs('organisation:write'),
      schema: {
        tags,
        operationId: 'addAgency',
        summary: 'Add an agency below one you may see',
        querystring: DryRunQuery,
        body: NewAgency,
        response: { 201: Agency },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      return reply.code(201).send(await addAgency(context, accessOf(request), body, isDryRun(query)));
    },
  );
}

function tokenRoutes(app: App, context: OrganisationContext): void {
  app.get(
    '/v1/tokens',
    {
      ...needs('organisation:read'),
      schema: {
        tags,
        operationId: 'listTokens',
        summary: 'Tokens of your agency and those below it, without their secrets',
        querystring: PageQuery,
        response: { 200: Type.Object({ tokens: Type.Array(Token) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listTokens(trx, after, limit),
      );
      return { tokens: rows.map(tokenOf) };
    },
  );
  app.post(
    '/v1/tokens',
    {
      ...needs('organisation:write', { stepUp: true }),
      schema: {
        tags,
        operationId: 'issueToken',
        summary: 'Issue a token; its secret is in this answer only',
        body: NewToken,
        response: { 201: Type.Object({ token: Token, secret: Type.String() }) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await issueToken(context, accessOf(request), request.body)),
  );
  app.delete(
    '/v1/tokens/:id',
    {
      ...needs('organisation:write'),
      schema: {
        tags,
        operationId: 'revokeToken',
        summary: 'Revoke a token at once',
        params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await revoke(context, accessOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}
