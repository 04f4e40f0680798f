import Type from 'typebox';
import { onBehalfOf } from '../../../platform/database/index.ts';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import type { ReleaseRegister } from '../../release/index.ts';
import {
  approveEmergency,
  deferRollout,
  pauseRollout,
  resumeRollout,
  skipRing,
  stopRollout,
} from './actions.ts';
import { addRingPlan, beginRollout } from './begin.ts';
import type { RolloutContext } from './context.ts';
import { rolloutError } from './errors.ts';
import {
  NewDeferral,
  NewRingPlan,
  NewRollout,
  Reason,
  RingPlanDetail,
  RingPlanSummary,
  Rollout,
  RolloutDeferral,
  RolloutDetail,
  RowId,
  Simulation,
  Skip,
  WantedSimulation,
} from './model.ts';
import { simulateRollout } from './simulate/actions.ts';
import { findPlan, listPlans, listRollouts } from './store.ts';
import { planDetailOf, planSummaryOf, rolloutOf, showRollout } from './views.ts';

const tags = ['fleet'];
const ById = Type.Object({ id: RowId });
const DryRunQuery = Type.Object({
  dryRun: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
});

/** `/v1/ring-plans` and `/v1/rollouts`. */
export function rolloutRoutes(app: App, context: RolloutContext, register: ReleaseRegister): void {
  planRoutes(app, context);
  listRoutes(app, context);
  beginRoutes(app, context, register);
  actRoutes(app, context);
  slowRoutes(app, context);
}

function planRoutes(app: App, context: RolloutContext): void {
  app.get(
    '/v1/ring-plans',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listRingPlans',
        summary: 'Ring plans of your agency and those below it, by id',
        querystring: PageQuery,
        response: { 200: Type.Object({ plans: Type.Array(RingPlanSummary) }) },
      },
    },
    async (request) => {
      const page = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) => listPlans(trx, page));
      return { plans: rows.map(planSummaryOf) };
    },
  );
  app.get(
    '/v1/ring-plans/:id',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showRingPlan',
        summary: 'One version of a ring plan',
        params: ById,
        response: { 200: RingPlanDetail },
      },
    },
    async (request) => {
      const { id } = request.params;
      const row = await context.database.transaction(accessOf(request), (trx) => findPlan(trx, id));
      if (row === undefined) throw rolloutError('FLEET_RING_PLAN_UNKNOWN', { plan: id });
      return planDetailOf(row);
    },
  );
  app.post(
    '/v1/ring-plans',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'addRingPlan',
        summary:
          'Keep a ring plan as the next version of its environment; the same again is the same version',
        querystring: DryRunQuery,
        body: NewRingPlan,
        response: { 201: RingPlanDetail },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(await addRingPlan(context, accessOf(request), request.body, request.query.dryRun === 'true')),
  );
}

function listRoutes(app: App, context: RolloutContext): void {
  app.get(
    '/v1/rollouts',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listRollouts',
        summary:
          'Rollouts of your agency, of those below it, and of those above it that cover its devices, by id',
        querystring: PageQuery,
        response: { 200: Type.Object({ rollouts: Type.Array(Rollout) }) },
      },
    },
    async (request) => {
      const access = accessOf(request);
      const rows = await context.database.transaction(onBehalfOf(access), (trx) =>
        listRollouts(trx, access.agencyPath, pageOf(request.query)),
      );
      const planOf = (row: (typeof rows)[number]) => ({
        environment: row.environment,
        version: row.plan_version,
      });
      return { rollouts: rows.map((row) => rolloutOf(row, planOf(row))) };
    },
  );
  app.get(
    '/v1/rollouts/:id',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showRollout',
        summary:
          'One rollout: where each group stands, what it waits for, and every decision with its numbers',
        params: ById,
        response: { 200: RolloutDetail },
      },
    },
    async (request) => {
      const access = accessOf(request);
      const { id } = request.params;
      const found = await context.database.transaction(onBehalfOf(access), (trx) =>
        showRollout(trx, access, id, context.clock.now()),
      );
      if (found === undefined) throw rolloutError('FLEET_ROLLOUT_UNKNOWN', { rollout: id });
      return found;
    },
  );
}

function beginRoutes(app: App, context: RolloutContext, register: ReleaseRegister): void {
  app.post(
    '/v1/rollouts',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'beginRollout',
        summary: 'Begin to move devices to a published release, ring after ring',
        querystring: DryRunQuery,
        body: NewRollout,
        response: { 201: Rollout },
      },
    },
    async (request, reply) => {
      await register.load();
      const dryRun = request.query.dryRun === 'true';
      return reply.code(201).send(await beginRollout(context, accessOf(request), request.body, dryRun));
    },
  );
  app.post(
    '/v1/rollouts/simulate',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'simulateRollout',
        summary: 'What a ring plan would do to the present fleet, day by day; changes nothing',
        body: WantedSimulation,
        response: { 200: Simulation },
      },
    },
    (request) => simulateRollout(context, accessOf(request), request.body),
  );
}

const acts = [
  ['pause', 'pauseRollout', 'Hold a rollout: nothing opens and nothing is offered', pauseRollout],
  [
    'resume',
    'resumeRollout',
    'Let a paused or halted rollout go on; failures until now are let pass',
    resumeRollout,
  ],
  ['stop', 'stopRollout', 'End a rollout for good; what a device has begun it finishes', stopRollout],
  [
    'approve-emergency',
    'approveEmergency',
    'Approve after the fact what somebody else began in the emergency lane',
    approveEmergency,
  ],
] as const;

function actRoutes(app: App, context: RolloutContext): void {
  for (const [path, operationId, summary, act] of acts) {
    app.post(
      `/v1/rollouts/:id/${path}`,
      {
        ...needs('fleet:write'),
        schema: { tags, operationId, summary, params: ById, body: Reason, response: { 204: Type.Null() } },
      },
      async (request, reply) => {
        await act(context, accessOf(request), request.params.id, request.body.reason);
        return reply.code(204).send(null);
      },
    );
  }
  app.post(
    '/v1/rollouts/:id/skip',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'skipRing',
        summary: 'Wait no longer for the group of a ring that holds the rollout up',
        params: ById,
        body: Skip,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await skipRing(context, accessOf(request), request.params.id, request.body);
      return reply.code(204).send(null);
    },
  );
}

function slowRoutes(app: App, context: RolloutContext): void {
  app.put(
    '/v1/rollouts/:id/deferral',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'deferRollout',
        summary:
          'Slow a rollout down for an agency below the one that began it; with nothing wanted no longer do',
        params: ById,
        body: NewDeferral,
        response: { 200: Type.Object({ deferrals: Type.Array(RolloutDeferral) }) },
      },
    },
    async (request) => ({
      deferrals: await deferRollout(context, accessOf(request), request.params.id, request.body),
    }),
  );
}
