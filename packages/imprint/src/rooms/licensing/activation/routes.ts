import { LeaseAnswer, SignedMessage } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import { AgencyId, agencyPathOf } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { resolveDuplicate } from './actions.ts';
import type { LeaseDesk } from './desk.ts';
import { activationError } from './errors.ts';
import { Activation, ActivationId, OfflineLeaseAnswer, OfflineLeaseRequest } from './model.ts';
import { answerOffline } from './offline.ts';
import { activationOf, findActivation, listActivations } from './views.ts';

const tags = ['licensing'];
const ActivationParams = Type.Object({ id: ActivationId });
const ActivationQuery = Type.Object({
  ...PageQuery.properties,
  agencyId: Type.Optional(AgencyId),
  state: Type.Optional(Activation.properties.state),
});

/** What devices call (`/v1/leases`), what officers do for devices that cannot, and what both have come to. */
export function activationRoutes(app: App, context: LicensingContext, desk: LeaseDesk): void {
  leaseRoutes(app, context, desk);
  listRoutes(app, context);
  app.post(
    '/v1/activations/:id/resolve-duplicate',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'resolveDuplicate',
        summary: 'Clear the mark of a suspected duplicate after a person has looked',
        params: ActivationParams,
        querystring: DryRunQuery,
        response: { 200: Activation },
      },
    },
    (request) => resolveDuplicate(context, accessOf(request), request.params.id, isDryRun(request.query)),
  );
}

function leaseRoutes(app: App, context: LicensingContext, desk: LeaseDesk): void {
  app.post(
    '/v1/leases',
    {
      schema: {
        tags,
        operationId: 'requestLease',
        summary: 'Activate or renew the device whose key signed the request; answered after it is committed',
        body: SignedMessage,
        response: { 200: LeaseAnswer },
      },
    },
    (request) => desk.take(request.body.message),
  );
  app.post(
    '/v1/offline-leases',
    {
      ...needs('licensing:allocate'),
      schema: {
        tags,
        operationId: 'answerOfflineRequest',
        summary: 'Answer a request that was carried here: a file, the text of a QR code or a typed code',
        querystring: DryRunQuery,
        body: OfflineLeaseRequest,
        response: { 200: OfflineLeaseAnswer },
      },
    },
    (request) => {
      const dryRun = isDryRun(request.query);
      return answerOffline(context, desk, accessOf(request), { ...request.body, dryRun });
    },
  );
}

function listRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/activations',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'listActivations',
        summary: 'Activations of your agency and those below it, by id',
        querystring: ActivationQuery,
        response: { 200: Type.Object({ activations: Type.Array(Activation) }) },
      },
    },
    async (request) => {
      const { agencyId, state } = request.query;
      const activations = await context.database.transaction(accessOf(request), async (trx) => {
        const agencyPath = agencyId === undefined ? undefined : await agencyPathOf(trx, agencyId);
        return listActivations(trx, { agencyPath, state, ...pageOf(request.query) });
      });
      return { activations };
    },
  );
  app.get(
    '/v1/activations/:id',
    {
      ...needs('licensing:read'),
      schema: {
        tags,
        operationId: 'showActivation',
        summary: 'One activation',
        params: ActivationParams,
        response: { 200: Activation },
      },
    },
    async (request) => {
      const { id } = request.params;
      const row = await context.database.transaction(accessOf(request), (trx) => findActivation(trx, id));
      if (row === undefined) throw activationError('LICENSING_ACTIVATION_UNKNOWN', { id });
      return activationOf(row);
    },
  );
}
