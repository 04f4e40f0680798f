import Type from 'typebox';
import { onBehalfOf } from '../../../platform/database/index.ts';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { addAgreement, addEntitlement, endAgreement } from './actions.ts';
import { allocate } from './allocate.ts';
import {
  Agreement,
  Allocation,
  Entitlement,
  NewAgreement,
  NewEntitlement,
  NewSeats,
  RowId,
  WantedAllocation,
} from './model.ts';
import { setSeats } from './seats.ts';
import { listAgreements, listAllocations, listEntitlements } from './views.ts';

const tags = ['licensing'];
const ById = Type.Object({ id: RowId });

/** `/v1/agreements`, `/v1/entitlements` and `/v1/allocations`. */
export function allocationRoutes(app: App, context: LicensingContext): void {
  agreementRoutes(app, context);
  entitlementRoutes(app, context);
  seatTreeRoutes(app, context);
}

function agreementRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/agreements',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listAgreements',
        summary: 'Agreements with your agency and those below it, by id',
        querystring: PageQuery,
        response: { 200: Type.Object({ agreements: Type.Array(Agreement) }) },
      },
    },
    async (request) => ({
      agreements: await context.database.transaction(accessOf(request), (trx) =>
        listAgreements(trx, pageOf(request.query)),
      ),
    }),
  );
  app.post(
    '/v1/agreements',
    {
      ...needs('licensing:write'),
      schema: {
        tags,
        operationId: 'addAgreement',
        summary: 'Register an agreement that licenses an agency; the same again is the same agreement',
        querystring: DryRunQuery,
        body: NewAgreement,
        response: { 201: Agreement },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(await addAgreement(context, accessOf(request), request.body, isDryRun(request.query))),
  );
  app.post(
    '/v1/agreements/:id/end',
    {
      ...needs('licensing:write'),
      schema: {
        tags,
        operationId: 'endAgreement',
        summary: 'End an agreement now, before its term',
        querystring: DryRunQuery,
        params: ById,
        response: { 200: Agreement },
      },
    },
    (request) => endAgreement(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}

function entitlementRoutes(app: App, context: LicensingContext): void {
  const query = Type.Object({ ...PageQuery.properties, agreementId: Type.Optional(RowId) });
  app.get(
    '/v1/entitlements',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listEntitlements',
        summary: 'Seats agreed with your agency and those below it, and how many are taken, by id',
        querystring: query,
        response: { 200: Type.Object({ entitlements: Type.Array(Entitlement) }) },
      },
    },
    async (request) => ({
      entitlements: await context.database.transaction(accessOf(request), (trx) =>
        listEntitlements(
          trx,
          { ...pageOf(request.query), agreementId: request.query.agreementId },
          context.clock.now(),
        ),
      ),
    }),
  );
  app.post(
    '/v1/entitlements',
    {
      ...needs('licensing:write'),
      schema: {
        tags,
        operationId: 'addEntitlement',
        summary: 'Grant seats of one device class under an agreement',
        querystring: DryRunQuery,
        body: NewEntitlement,
        response: { 201: Entitlement },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(await addEntitlement(context, accessOf(request), request.body, isDryRun(request.query))),
  );
  app.put(
    '/v1/entitlements/:id/seats',
    {
      ...needs('licensing:write'),
      schema: {
        tags,
        operationId: 'setSeats',
        summary: 'Raise or lower the seats of an entitlement; fewer than are taken from a date on',
        querystring: DryRunQuery,
        params: ById,
        body: NewSeats,
        response: { 200: Entitlement },
      },
    },
    (request) =>
      setSeats(context, accessOf(request), request.params.id, request.body, isDryRun(request.query)),
  );
}

function seatTreeRoutes(app: App, context: LicensingContext): void {
  const query = Type.Object({ ...PageQuery.properties, entitlementId: Type.Optional(RowId) });
  app.get(
    '/v1/allocations',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listAllocations',
        summary: 'Seats allocated to your agency and those below it, taken and free now, by id',
        querystring: query,
        response: { 200: Type.Object({ allocations: Type.Array(Allocation) }) },
      },
    },
    async (request) => {
      const access = accessOf(request);
      const page = { ...pageOf(request.query), entitlementId: request.query.entitlementId };
      const allocations = await context.database.transaction(onBehalfOf(access), (trx) =>
        listAllocations(trx, access, page, context.clock.now()),
      );
      return { allocations };
    },
  );
  app.put(
    '/v1/allocations',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'allocateSeats',
        summary: 'Set floor and ceiling of an agency below yours; 0 and 0 take its allocation back',
        querystring: DryRunQuery,
        body: WantedAllocation,
        response: { 200: Allocation },
      },
    },
    (request) => allocate(context, accessOf(request), request.body, isDryRun(request.query)),
  );
}
