import { CheckInResponse, EnrolResponse, SignedMessage } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../platform/http/page.ts';
import { enrol, issueEnrolmentToken, resolveConflict } from './actions.ts';
import type { CheckInDesk } from './check-in.ts';
import type { FleetContext } from './context.ts';
import { fleetError } from './errors.ts';
import { Device, DeviceDetail, DeviceId, EnrolmentToken, NewEnrolmentToken } from './model.ts';
import { limitsFor } from './rules.ts';
import { listEnrolmentTokens } from './store.ts';
import { enrolmentTokenOf, listDevices, showDevice } from './views.ts';

const tags = ['fleet'];
const DeviceParams = Type.Object({ id: DeviceId });

/** What devices call (`/v1/enrol`, `/v1/check-in`) and what people look at (`/v1/devices`, `/v1/enrolment-tokens`). */
export function fleetRoutes(app: App, context: FleetContext, desk: CheckInDesk): void {
  messageRoutes(app, context, desk);
  deviceRoutes(app, context);
  tokenRoutes(app, context);
}

function messageRoutes(app: App, context: FleetContext, desk: CheckInDesk): void {
  app.post(
    '/v1/enrol',
    {
      schema: {
        tags,
        operationId: 'enrol',
        summary: 'Enrol the device whose key signed the message',
        body: SignedMessage,
        response: { 200: EnrolResponse },
      },
    },
    (request) => enrol(context, request.body.message),
  );
  app.post(
    '/v1/check-in',
    {
      schema: {
        tags,
        operationId: 'checkIn',
        summary: "Store a device's signed report; answered after it is committed",
        body: SignedMessage,
        response: { 200: CheckInResponse },
      },
    },
    (request) => desk.take(request.body.message),
  );
}

function deviceRoutes(app: App, context: FleetContext): void {
  const limits = limitsFor(context.checkInSeconds);
  app.get(
    '/v1/devices',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listDevices',
        summary: 'Devices of your agency and those below it, by id, as they stand now',
        querystring: PageQuery,
        response: { 200: Type.Object({ devices: Type.Array(Device) }) },
      },
    },
    async (request) => {
      const devices = await context.database.transaction(accessOf(request), (trx) =>
        listDevices(trx, pageOf(request.query), context.clock.now(), limits),
      );
      return { devices };
    },
  );
  app.get(
    '/v1/devices/:id',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showDevice',
        summary: 'One device with its last report',
        params: DeviceParams,
        response: { 200: DeviceDetail },
      },
    },
    async (request) => {
      const device = await context.database.transaction(accessOf(request), (trx) =>
        showDevice(trx, request.params.id, context.clock.now(), limits),
      );
      if (device === undefined) throw fleetError('FLEET_DEVICE_UNKNOWN');
      return device;
    },
  );
  app.post(
    '/v1/devices/:id/resolve-conflict',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'resolveConflict',
        summary: 'Clear a conflict mark after a person has looked',
        params: DeviceParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await resolveConflict(context, accessOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function tokenRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/enrolment-tokens',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listEnrolmentTokens',
        summary: 'Enrolment tokens, without their secrets',
        querystring: PageQuery,
        response: { 200: Type.Object({ tokens: Type.Array(EnrolmentToken) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listEnrolmentTokens(trx, after, limit),
      );
      return { tokens: rows.map(enrolmentTokenOf) };
    },
  );
  app.post(
    '/v1/enrolment-tokens',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'issueEnrolmentToken',
        summary: 'Issue a one-time enrolment token; its secret is in this answer only',
        body: NewEnrolmentToken,
        response: { 201: Type.Object({ token: EnrolmentToken, secret: Type.String() }) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await issueEnrolmentToken(context, accessOf(request), request.body)),
  );
}
