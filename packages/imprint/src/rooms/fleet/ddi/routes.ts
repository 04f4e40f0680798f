import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { assign, cancel, issueTarget, revokeTarget } from './actions.ts';
import type { DdiContext } from './context.ts';
import { ddiDeviceRoutes } from './device-routes.ts';
import { ddiError } from './errors.ts';
import { DdiAction, DdiTarget, NewDdiAction, NewDdiTarget, TargetId } from './model.ts';
import { actionsOf, feedbackOf, findTarget, listTargets } from './store.ts';
import { actionView, targetView } from './views.ts';

const tags = ['ddi'];
const TargetParams = Type.Object({ id: TargetId });

/** Foreign clients: what their operators do (`/v1/ddi-targets`), and what the clients themselves call (`/ddi/…`). */
export function ddiRoutes(app: App, context: DdiContext): void {
  readRoutes(app, context);
  tokenRoutes(app, context);
  actionRoutes(app, context);
  ddiDeviceRoutes(app, context);
}

function readRoutes(app: App, context: DdiContext): void {
  app.get(
    '/v1/ddi-targets',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listDdiTargets',
        summary: 'Devices that speak hawkBit DDI, of your agency and those below it, by id',
        querystring: PageQuery,
        response: { 200: Type.Object({ targets: Type.Array(DdiTarget) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listTargets(trx, after, limit),
      );
      return { targets: rows.map(targetView) };
    },
  );
  app.get(
    '/v1/ddi-targets/:id',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showDdiTarget',
        summary: 'One such device, with its newest actions and what it said of them',
        params: TargetParams,
        response: { 200: Type.Object({ target: DdiTarget, actions: Type.Array(DdiAction) }) },
      },
    },
    (request) =>
      context.database.transaction(accessOf(request), async (trx) => {
        const target = await findTarget(trx, request.params.id);
        if (target === undefined) throw ddiError('FLEET_DDI_TARGET_UNKNOWN');
        const actions = await actionsOf(trx, target.id);
        const said = await feedbackOf(
          trx,
          actions.map(({ id }) => id),
        );
        return { target: targetView(target), actions: actions.map((row) => actionView(row, said)) };
      }),
  );
}

function tokenRoutes(app: App, context: DdiContext): void {
  app.post(
    '/v1/ddi-targets',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'issueDdiToken',
        summary: "Issue a device's security token, in place of the one it had; it is in this answer only",
        body: NewDdiTarget,
        response: { 201: Type.Object({ target: DdiTarget, secret: Type.String() }) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await issueTarget(context, accessOf(request), request.body)),
  );
  app.post(
    '/v1/ddi-targets/:id/revoke-token',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'revokeDdiToken',
        summary: "End a device's security token",
        params: TargetParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await revokeTarget(context, accessOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function actionRoutes(app: App, context: DdiContext): void {
  app.post(
    '/v1/ddi-targets/:id/actions',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'assignDdi',
        summary: 'Assign an artifact of a published release to a device',
        params: TargetParams,
        body: NewDdiAction,
        response: { 201: DdiAction },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await assign(context, accessOf(request), request.params.id, request.body)),
  );
  app.post(
    '/v1/ddi-targets/:id/cancel-action',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'cancelDdi',
        summary: 'Ask a device to leave what it was told to do',
        params: TargetParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await cancel(context, accessOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}
