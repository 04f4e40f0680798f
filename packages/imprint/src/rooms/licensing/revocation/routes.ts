import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { RowId } from '../allocation/model.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { confirmRevocation, revocationOf, revoke } from './actions.ts';
import { NewRevocation, Revocation } from './model.ts';
import { listRevocations } from './store.ts';

const tags = ['licensing'];

/** Taking back what was licensed. */
export function revocationRoutes(app: App, context: LicensingContext): void {
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
      return { revocations: rows.map(revocationOf) };
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
  app.post(
    '/v1/revocations/:id/confirm',
    {
      ...needs('licensing:allocate', { stepUp: true }),
      schema: {
        tags,
        operationId: 'confirmRevocation',
        summary: 'Confirm a revocation that somebody else proposed; it is applied at once',
        params: Type.Object({ id: RowId }),
        querystring: DryRunQuery,
        response: { 200: Revocation },
      },
    },
    (request) => confirmRevocation(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}
