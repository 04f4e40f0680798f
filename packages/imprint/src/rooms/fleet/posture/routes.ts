import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../../platform/http/page.ts';
import type { FleetContext } from '../context.ts';
import { countCompliance } from './compliance.ts';
import { Compliance, ComplianceDevice, ComplianceDevicesQuery, ComplianceQuery } from './model.ts';
import { devicesStanding } from './store.ts';

const tags = ['fleet'];

/** `/v1/compliance`: how many devices stand how, and which of the asker's own. */
export function complianceRoutes(app: App, context: FleetContext): void {
  app.get(
    '/v1/compliance',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'showCompliance',
        summary: 'How many devices of your agency and those below it stand how, without saying which',
        querystring: ComplianceQuery,
        response: { 200: Compliance },
      },
    },
    (request) => {
      const { by = 'agency', figure = 'overall' } = request.query;
      return countCompliance(context, accessOf(request), by, figure);
    },
  );
  app.get(
    '/v1/compliance/devices',
    {
      ...needs('fleet:read'),
      schema: {
        tags,
        operationId: 'listComplianceDevices',
        summary: 'Devices of your own agency, not of those below it, by how they stand',
        querystring: Type.Object({ ...ComplianceDevicesQuery.properties, ...PageQuery.properties }),
        response: { 200: Type.Object({ devices: Type.Array(ComplianceDevice) }) },
      },
    },
    async (request) => {
      const access = accessOf(request);
      const { figure = 'overall', state } = request.query;
      const page = pageOf(request.query);
      const rows = await context.database.transaction(access, (trx) =>
        devicesStanding(trx, access.agencyPath, figure, state, page),
      );
      return { devices: rows.map(({ verdict, ...row }) => ({ ...row, ...verdict })) };
    },
  );
}
