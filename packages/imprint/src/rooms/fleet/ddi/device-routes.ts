import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { App } from '../../../platform/http/app.ts';
import type { DdiContext } from './context.ts';
import { type Caller, cancellation, checkCaller, deployment, hear, poll } from './device-actions.ts';
import { Feedback } from './model.ts';

const tags = ['ddi'];
const base = '/ddi/:tenant/controller/v1/:controllerId';
const Params = Type.Object({
  tenant: Type.String({ maxLength: 64 }),
  controllerId: Type.String({ maxLength: 64 }),
});
const ActionParams = Type.Object({
  ...Params.properties,
  action: Type.String({ pattern: '^[1-9][0-9]{0,14}$' }),
});
/** Shapes of DDI's documents are its own; they are not filtered on their way out. */
const Document = Type.Unsafe<object>({ type: 'object', additionalProperties: true });
const Anything = Type.Unsafe<unknown>({});
const empty = { 200: Type.Null() };

type Params = { readonly tenant: string; readonly controllerId: string };

/** The device's side of hawkBit's DDI at `/ddi/{agency id}/controller/v1/{device}`, guarded by each device's token. */
export function ddiDeviceRoutes(app: App, context: DdiContext): void {
  const callerOf = (request: FastifyRequest<{ Params: Params }>): Caller => ({
    ...request.params,
    authorization: request.headers.authorization,
    origin: context.publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`,
  });
  pollRoutes(app, context, callerOf);
  feedbackRoutes(app, context, callerOf);
  sideRoutes(app, context, callerOf);
}

type CallerOf = (request: FastifyRequest<{ Params: Params }>) => Caller;
const described = (operationId: string, summary: string) => ({ tags, operationId, summary });

function pollRoutes(app: App, context: DdiContext, callerOf: CallerOf): void {
  const response = { 200: Document };
  app.get(
    base,
    { schema: { ...described('ddiPoll', 'What there is to do'), params: Params, response } },
    (request) => poll(context, callerOf(request)),
  );
  const documents = [
    ['deploymentBase', 'ddiDeployment', 'What to install', ['open']],
    ['installedBase', 'ddiInstalled', 'What was installed last', ['succeeded']],
  ] as const;
  for (const [name, id, summary, phases] of documents) {
    app.get(
      `${base}/${name}/:action`,
      { schema: { ...described(id, summary), params: ActionParams, response } },
      (request) => deployment(context, callerOf(request), Number(request.params.action), phases),
    );
  }
  app.get(
    `${base}/cancelAction/:action`,
    { schema: { ...described('ddiCancellation', 'What to leave'), params: ActionParams, response } },
    (request) => cancellation(context, callerOf(request), Number(request.params.action)),
  );
}

function feedbackRoutes(app: App, context: DdiContext, callerOf: CallerOf): void {
  for (const [name, id, about] of [
    ['deploymentBase', 'ddiDeploymentFeedback', 'deployment'],
    ['cancelAction', 'ddiCancellationFeedback', 'cancellation'],
  ] as const) {
    app.post(
      `${base}/${name}/:action/feedback`,
      {
        schema: {
          ...described(id, 'How it goes'),
          params: ActionParams,
          body: Feedback,
          response: empty,
        },
      },
      async (request, reply) => {
        await hear(context, callerOf(request), Number(request.params.action), about, request.body);
        return reply.code(200).send(null);
      },
    );
  }
}

/** What clients may send and we have no use for: attributes are not kept, and an assignment is its own confirmation. */
function sideRoutes(app: App, context: DdiContext, callerOf: CallerOf): void {
  app.put(
    `${base}/configData`,
    {
      schema: {
        ...described('ddiConfigData', 'Attributes of a device; read by nobody and not kept'),
        params: Params,
        body: Anything,
        response: empty,
      },
    },
    async (request, reply) => {
      await checkCaller(context, callerOf(request));
      return reply.code(200).send(null);
    },
  );
  app.get(
    `${base}/confirmationBase`,
    {
      schema: {
        ...described('ddiConfirmation', 'An assignment was confirmed by whoever made it'),
        params: Params,
        response: { 200: Document },
      },
    },
    async (request) => {
      await checkCaller(context, callerOf(request));
      return { autoConfirm: { active: true }, _links: {} };
    },
  );
}
