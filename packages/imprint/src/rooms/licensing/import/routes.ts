import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { RowId } from '../allocation/model.ts';
import type { LicensingContext } from '../context.ts';
import { DryRunQuery, isDryRun } from '../dry-run.ts';
import { importSheet } from './actions.ts';
import { importError } from './errors.ts';
import { importLimits } from './parse.ts';

const base64Characters = Math.ceil(importLimits.bytes / 3) * 4;

const NewImport = Type.Object(
  {
    file: Type.String({ maxLength: base64Characters, description: 'CSV, standard base64' }),
    name: Type.Optional(
      Type.String({ maxLength: 255, description: 'what mistakes are placed in; it is not kept' }),
    ),
    entitlementId: Type.Optional(RowId),
  },
  { additionalProperties: false },
);

const count = Type.Integer({ minimum: 0 });
const Imported = Type.Object({
  encoding: Type.String(),
  rows: count,
  agencies: Type.Object({ new: count, unchanged: count }),
  seats: Type.Object({ new: count, changed: count, unchanged: count }),
});

/** `/v1/licence-imports`. */
export function importRoutes(app: App, context: LicensingContext): void {
  app.post(
    '/v1/licence-imports',
    {
      ...needs('licensing:write'),
      bodyLimit: base64Characters + 4096,
      schema: {
        tags: ['licensing'],
        operationId: 'importSheet',
        summary:
          'Add agencies and set their seats from a CSV file, all or nothing; organisation:write is needed as well',
        querystring: DryRunQuery,
        body: NewImport,
        response: { 200: Imported },
      },
    },
    async (request) => {
      const { file, ...rest } = request.body;
      const wanted = { ...rest, bytes: bytesOf(file) };
      return importSheet(context, accessOf(request), wanted, isDryRun(request.query));
    },
  );
}

function bytesOf(base64: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    throw importError('LICENSING_IMPORT_BASE64');
  }
  return Buffer.from(base64, 'base64');
}
