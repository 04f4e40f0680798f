import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { RowId } from '../allocation/model.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { deliveryTopic } from './deliver.ts';
import { AlertDelivery, AlertTarget, DeliveryQuery, MadeAlertTarget, NewAlertTarget } from './model.ts';
import { listMessages, listTargets } from './store.ts';
import { addTarget, removeTarget, targetOf } from './targets.ts';
import { deliveryOf } from './views.ts';

const tags = ['licensing'];

/** Where alerts go, and which are on their way or were given up on. */
export function alertRoutes(app: App, context: LicensingContext): void {
  listRoutes(app, context);
  app.post(
    '/v1/alert-targets',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'addAlertTarget',
        summary:
          "Send alerts of an agency to a webhook or a mail address; a webhook's secret is in this answer only",
        querystring: DryRunQuery,
        body: NewAlertTarget,
        response: { 201: MadeAlertTarget },
      },
    },
    async (request, reply) => {
      const made = await addTarget(context, accessOf(request), request.body, isDryRun(request.query));
      return reply.code(201).send(made);
    },
  );
  app.delete(
    '/v1/alert-targets/:id',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'removeAlertTarget',
        summary: 'Send no more alerts to a target',
        params: Type.Object({ id: RowId }),
        querystring: DryRunQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await removeTarget(context, accessOf(request), request.params.id, isDryRun(request.query));
      return reply.code(204).send(null);
    },
  );
}

function listRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/alert-targets',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listAlertTargets',
        summary: 'Where alerts of your agency and those below it go',
        querystring: PageQuery,
        response: { 200: Type.Object({ targets: Type.Array(AlertTarget) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listTargets(trx, after, limit),
      );
      return { targets: rows.map(targetOf) };
    },
  );
  app.get(
    '/v1/alert-deliveries',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listAlertDeliveries',
        summary:
          'Alerts on their way to your targets, delivered in the last 30 days, or given up on; the newest first',
        querystring: Type.Object({ ...PageQuery.properties, ...DeliveryQuery.properties }),
        response: { 200: Type.Object({ deliveries: Type.Array(AlertDelivery) }) },
      },
    },
    async (request) => {
      const page = { ...pageOf(request.query), state: request.query.state };
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listMessages(trx, deliveryTopic, page),
      );
      return { deliveries: rows.map(deliveryOf) };
    },
  );
}
