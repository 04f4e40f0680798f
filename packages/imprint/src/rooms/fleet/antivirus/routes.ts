import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import type { FleetContext } from '../context.ts';
import { selectAntivirus } from './actions.ts';
import { ListedProvider, NewSelection, Selections } from './model.ts';
import { showProviders, showSelections } from './views.ts';

const tags = ['fleet'];

/** `/v1/antivirus`: providers that releases allow, and who has chosen which. */
export function antivirusRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/antivirus/providers',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listAntivirusProviders',
        summary: 'Antivirus providers that the current releases allow, until when, and what they send out',
        response: { 200: Type.Object({ providers: Type.Array(ListedProvider) }) },
      },
    },
    async (request) => ({ providers: await showProviders(context, accessOf(request)) }),
  );
  app.get(
    '/v1/antivirus/selections',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listAntivirusSelections',
        summary: 'What your agency and those below it have chosen, and what your own devices are told',
        response: { 200: Selections },
      },
    },
    (request) => showSelections(context, accessOf(request)),
  );
  app.put(
    '/v1/antivirus/selections',
    {
      ...needs('fleet:write'),
      schema: {
        tags,
        operationId: 'selectAntivirus',
        summary: 'Choose for an agency and a class of devices; without content the choice is taken back',
        body: NewSelection,
        response: { 200: Selections },
      },
    },
    async (request) => {
      const access = accessOf(request);
      await selectAntivirus(context, access, request.body);
      return showSelections(context, access);
    },
  );
}
