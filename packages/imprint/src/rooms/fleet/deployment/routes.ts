import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { DryRunQuery, isDryRun } from '../../../platform/http/dry-run.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import type { FleetContext } from '../context.ts';
import { DeviceId } from '../model.ts';
import { issueDeploymentToken, placeHeld, preregister, revokeDeploymentToken } from './actions.ts';
import {
  DeploymentToken,
  HeldDevice,
  NewDeploymentToken,
  NewPreregistration,
  Placement,
  Preregistered,
  Preregistration,
  RowId,
} from './model.ts';
import { listHeld, listListed, listTokens } from './store.ts';
import { listedView, tokenView } from './views.ts';

const tags = ['deployment'];

/** Deployment: `/v1/deployment-tokens`, `/v1/preregistrations`, `/v1/held-devices`. */
export function deploymentRoutes(app: App, context: FleetContext): void {
  tokenRoutes(app, context);
  listRoutes(app, context);
  heldRoutes(app, context);
}

function tokenRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/deployment-tokens',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listDeploymentTokens',
        summary: 'Deployment tokens, without their secrets',
        querystring: PageQuery,
        response: { 200: Type.Object({ tokens: Type.Array(DeploymentToken) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listTokens(trx, after, limit),
      );
      return { tokens: rows.map(tokenView) };
    },
  );
  app.post(
    '/v1/deployment-tokens',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'issueDeploymentToken',
        summary: 'Issue a token for a bounded number of devices; its secret is in this answer only',
        body: NewDeploymentToken,
        response: { 201: Type.Object({ token: DeploymentToken, secret: Type.String() }) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await issueDeploymentToken(context, accessOf(request), request.body)),
  );
  app.post(
    '/v1/deployment-tokens/:id/revoke',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'revokeDeploymentToken',
        summary: 'End a deployment token; devices that enrolled with it stay',
        params: Type.Object({ id: RowId }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await revokeDeploymentToken(context, accessOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function listRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/preregistrations',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listPreregistrations',
        summary: 'Machines listed for your agency and those below it, and the devices they became',
        querystring: PageQuery,
        response: { 200: Type.Object({ machines: Type.Array(Preregistration) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listListed(trx, after, limit),
      );
      return { machines: rows.map(listedView) };
    },
  );
  app.post(
    '/v1/preregistrations',
    {
      ...needs('fleet:write'),
      bodyLimit: 12 * 1024 * 1024,
      schema: {
        tags,
        operationId: 'preregister',
        summary: 'List machines by serial number with agency and asset tag, all or none',
        querystring: DryRunQuery,
        body: NewPreregistration,
        response: { 200: Preregistered },
      },
    },
    (request) => preregister(context, accessOf(request), request.body, isDryRun(request.query)),
  );
}

function heldRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/held-devices',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listHeldDevices',
        summary: 'Devices that enrolled without being listed and wait to be placed',
        querystring: PageQuery,
        response: { 200: Type.Object({ devices: Type.Array(HeldDevice) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listHeld(trx, after, limit),
      );
      return {
        devices: rows.map((row) => ({
          deviceId: row.device_id,
          tokenId: row.token_id,
          since: row.at.toISOString(),
        })),
      };
    },
  );
  app.post(
    '/v1/held-devices/:id/place',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'placeHeldDevice',
        summary: 'Put a held device into the agency it belongs to',
        params: Type.Object({ id: DeviceId }),
        body: Placement,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await placeHeld(context, accessOf(request), request.params.id, request.body.agencyId);
      return reply.code(204).send(null);
    },
  );
}
