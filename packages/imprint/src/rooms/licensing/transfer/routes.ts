import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { RowId } from '../allocation/model.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { transferDevice } from './device.ts';
import { DeviceTransfer, NewDeviceTransfer, NewSeatTransfer, SeatTransfer } from './model.ts';
import { cancelTransfer, consentToTransfer, proposeTransfer } from './seats.ts';
import { listTransfers } from './store.ts';
import { transferOf } from './views.ts';

const tags = ['licensing'];
const TransferParams = Type.Object({ id: RowId });

/** Seats that go to another device or another agency. */
export function transferRoutes(app: App, context: LicensingContext): void {
  app.post(
    '/v1/device-transfers',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'transferDevice',
        summary:
          'Move a seat to another device; the lease of the old one is revoked, the new one asks for its own',
        querystring: DryRunQuery,
        body: NewDeviceTransfer,
        response: { 201: DeviceTransfer },
      },
    },
    async (request, reply) => {
      const done = await transferDevice(context, accessOf(request), request.body, isDryRun(request.query));
      return reply.code(201).send(done);
    },
  );
  seatTransferRoutes(app, context);
  consentRoutes(app, context);
}

function seatTransferRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/seat-transfers',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listSeatTransfers',
        summary: 'Transfers of seats from or to your agency and those below it; the newest first',
        querystring: PageQuery,
        response: { 200: Type.Object({ transfers: Type.Array(SeatTransfer) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const rows = await context.database.transaction(accessOf(request), (trx) =>
        listTransfers(trx, after, limit),
      );
      return { transfers: rows.map(transferOf) };
    },
  );
  app.post(
    '/v1/seat-transfers',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'proposeSeatTransfer',
        summary:
          'Propose to move seats between agencies; both and the operator consent, your own side does by this',
        querystring: DryRunQuery,
        body: NewSeatTransfer,
        response: { 201: SeatTransfer },
      },
    },
    async (request, reply) => {
      const made = await proposeTransfer(context, accessOf(request), request.body, isDryRun(request.query));
      return reply.code(201).send(made);
    },
  );
}

function consentRoutes(app: App, context: LicensingContext): void {
  app.post(
    '/v1/seat-transfers/:id/consent',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'consentToSeatTransfer',
        summary: 'Consent for the side you stand for; the third consent moves the seats',
        params: TransferParams,
        querystring: DryRunQuery,
        response: { 200: SeatTransfer },
      },
    },
    (request) => consentToTransfer(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
  app.post(
    '/v1/seat-transfers/:id/cancel',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'cancelSeatTransfer',
        summary: 'Cancel a transfer that still waits',
        params: TransferParams,
        querystring: DryRunQuery,
        response: { 200: SeatTransfer },
      },
    },
    (request) => cancelTransfer(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}
