import { SignedMessage } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { pageOf } from '../../../platform/http/page.ts';
import type { FleetContext } from '../context.ts';
import { takeInventory } from './actions.ts';
import { PackageHolders, PackageParams, PackageQuery } from './model.ts';
import { packageHolders } from './views.ts';

const tags = ['fleet'];

/** `/v1/inventory`: what devices bring of their packages, and who has which. */
export function inventoryRoutes(app: App, context: FleetContext): void {
  app.post(
    '/v1/inventory',
    {
      schema: {
        tags,
        operationId: 'bringInventory',
        summary:
          "Store the set of packages that a device's last check-in named, once for all devices that have it",
        body: SignedMessage,
        response: { 200: Type.Object({ stored: Type.Boolean() }) },
      },
    },
    (request) => takeInventory(context, request.body.message),
  );
  app.get(
    '/v1/inventory/packages/:name',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showPackageHolders',
        summary: 'Devices of your own agency that have a package, and how many below it at least',
        params: PackageParams,
        querystring: PackageQuery,
        response: { 200: PackageHolders },
      },
    },
    (request) =>
      packageHolders(context, accessOf(request), {
        name: request.params.name,
        below: request.query.below,
        page: pageOf(request.query),
      }),
  );
}
