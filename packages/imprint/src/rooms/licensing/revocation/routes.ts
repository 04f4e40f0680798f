import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { RowId } from '../allocation/model.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { confirmRevocation, revoke, withdrawRevocation } from './actions.ts';
import { NewRevocation, Republishing, Revocation, UndoReason } from './model.ts';
import { revocationOf } from './register.ts';
import { askRepublishing } from './republish.ts';
import { listRevocations } from './store.ts';
import { undoRevocation } from './undo.ts';

const tags = ['licensing'];
const strict = { additionalProperties: false };
const params = Type.Object({ id: RowId });

/** Taking back what was licensed. */
export function revocationRoutes(app: App, context: LicensingContext): void {
  revokeRoutes(app, context);
  reviewRoutes(app, context);
  takeBackRoutes(app, context);
}

function revokeRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/revocations',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listRevocations',
        summary:
          'Revocations of your agency and those below it, applied or waiting for a second person; the newest first',
        querystring: PageQuery,
        response: { 200: Type.Object({ revocations: Type.Array(Revocation) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listRevocations(trx, after, limit),
      );
      const now = context.clock.now();
      return { revocations: rows.map((row) => revocationOf(row, now)) };
    },
  );
  app.post(
    '/v1/revocations',
    {
      ...needs('licensing:allocate', { stepUp: true }),
      schema: {
        tags,
        operationId: 'revoke',
        summary:
          'Revoke an activation, or with licensing:write an entitlement or an agreement; many devices need a second person',
        querystring: DryRunQuery,
        body: NewRevocation,
        response: { 201: Revocation },
      },
    },
    async (request, reply) => {
      const made = await revoke(context, accessOf(request), request.body, isDryRun(request.query));
      return reply.code(201).send(made);
    },
  );
}

/** What becomes of a revocation once it was proposed. */
function reviewRoutes(app: App, context: LicensingContext): void {
  app.post(
    '/v1/revocations/:id/confirm',
    {
      ...needs('licensing:allocate', { stepUp: true }),
      schema: {
        tags,
        operationId: 'confirmRevocation',
        summary: 'Confirm a revocation that somebody else proposed; it is applied at once',
        params,
        querystring: DryRunQuery,
        response: { 200: Revocation },
      },
    },
    (request) => confirmRevocation(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}

function takeBackRoutes(app: App, context: LicensingContext): void {
  app.post(
    '/v1/revocations/:id/withdraw',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'withdrawRevocation',
        summary: 'Withdraw a revocation that waits for a second person',
        params,
        querystring: DryRunQuery,
        response: { 200: Revocation },
      },
    },
    (request) => withdrawRevocation(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
  app.post(
    '/v1/revocations/:id/undo',
    {
      ...needs('licensing:allocate', { stepUp: true }),
      schema: {
        tags,
        operationId: 'undoRevocation',
        summary: 'Undo the revocation of an activation; its device gets a seat back at its next request',
        params,
        querystring: DryRunQuery,
        body: Type.Object({ reason: UndoReason }, strict),
        response: { 201: Revocation },
      },
    },
    async (request, reply) => {
      const { params: of, body, query } = request;
      const made = await undoRevocation(context, accessOf(request), of.id, body.reason, isDryRun(query));
      return reply.code(201).send(made);
    },
  );
  app.post(
    '/v1/revocation-list/republish',
    {
      ...needs('licensing:write', { stepUp: true }),
      schema: {
        tags,
        operationId: 'republishRevocations',
        summary:
          'Publish the revocation list above the published one, after the database was restored; the operator’s only',
        querystring: DryRunQuery,
        response: { 202: Republishing },
      },
    },
    async (request, reply) =>
      reply.code(202).send(await askRepublishing(context, accessOf(request), isDryRun(request.query))),
  );
}
