import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { DryRunQuery, isDryRun } from '../../../platform/http/dry-run.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import type { OrganisationContext } from '../actions.ts';
import { addPerson, disablePerson, enablePerson, endSessions, peopleBelow, resetFactors } from './actions.ts';
import { grantRole, revokeRole } from './grants.ts';
import { Invited, NewGrant, NewPerson, Person, PersonGrant, PersonId } from './model.ts';

const tags = ['people'];
const PersonParams = Type.Object({ id: PersonId });
const stepUp = { stepUp: true } as const;

/** `/v1/people`: accounts and roles. */
export function peopleRoutes(app: App, context: OrganisationContext): void {
  listRoutes(app, context);
  accountRoutes(app, context);
  factorRoutes(app, context);
  grantRoutes(app, context);
}

function listRoutes(app: App, context: OrganisationContext): void {
  app.get(
    '/v1/people',
    {
      ...needs('people:read'),
      schema: {
        tags,
        operationId: 'listPeople',
        summary: 'People of your agency and those below it, with the roles they hold there',
        querystring: PageQuery,
        response: { 200: Type.Object({ people: Type.Array(Person) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      return { people: await peopleBelow(context, accessOf(request), after, limit) };
    },
  );
  app.post(
    '/v1/people',
    {
      ...needs('people:write'),
      schema: {
        tags,
        operationId: 'addPerson',
        summary: 'Add a person without roles and invite them; the invitation is in this answer only',
        querystring: DryRunQuery,
        body: NewPerson,
        response: { 201: Invited },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      return reply.code(201).send(await addPerson(context, accessOf(request), body, isDryRun(query)));
    },
  );
}

function accountRoutes(app: App, context: OrganisationContext): void {
  app.post(
    '/v1/people/:id/disable',
    {
      ...needs('people:write'),
      schema: {
        tags,
        operationId: 'disablePerson',
        summary: 'Disable a person: their sessions end at once and no new one opens',
        params: PersonParams,
        querystring: DryRunQuery,
        response: { 200: Person },
      },
    },
    (request) => disablePerson(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
  app.post(
    '/v1/people/:id/enable',
    {
      ...needs('people:write'),
      schema: {
        tags,
        operationId: 'enablePerson',
        summary: 'Enable a person again',
        params: PersonParams,
        querystring: DryRunQuery,
        response: { 200: Person },
      },
    },
    (request) => enablePerson(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}

function factorRoutes(app: App, context: OrganisationContext): void {
  app.delete(
    '/v1/people/:id/sessions',
    {
      ...needs('people:write'),
      schema: {
        tags,
        operationId: 'endSessions',
        summary: 'End all sessions of a person',
        params: PersonParams,
        querystring: DryRunQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await endSessions(context, accessOf(request), request.params.id, isDryRun(request.query));
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/v1/people/:id/reset-factors',
    {
      ...needs('people:write', stepUp),
      schema: {
        tags,
        operationId: 'resetFactors',
        summary: 'Forget how a person proves to be who they are, end their sessions and invite them anew',
        params: PersonParams,
        querystring: DryRunQuery,
        response: { 200: Invited },
      },
    },
    (request) => resetFactors(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}

function grantRoutes(app: App, context: OrganisationContext): void {
  app.post(
    '/v1/people/:id/grants',
    {
      ...needs('people:write', stepUp),
      schema: {
        tags,
        operationId: 'grantRole',
        summary: 'Give a person a role at an agency and below it',
        params: PersonParams,
        querystring: DryRunQuery,
        body: NewGrant,
        response: { 201: PersonGrant },
      },
    },
    async (request, reply) => {
      const { params, body, query } = request;
      const grant = await grantRole(context, accessOf(request), params.id, body, isDryRun(query));
      return reply.code(201).send(grant);
    },
  );
  app.delete(
    '/v1/people/:id/grants/:grantId',
    {
      ...needs('people:write', stepUp),
      schema: {
        tags,
        operationId: 'revokeRole',
        summary: 'Take a role away; what it allowed ends with the next request',
        params: Type.Object({ id: PersonId, grantId: Type.String({ maxLength: 40 }) }),
        querystring: DryRunQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      await revokeRole(context, accessOf(request), params.id, params.grantId, isDryRun(query));
      return reply.code(204).send(null);
    },
  );
}
