import Type from 'typebox';
import type { Database } from '../../platform/database/index.ts';
import { accessOf, needs } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { PageQuery, pageOf } from '../../platform/http/page.ts';
import { verifyEntries } from './actions.ts';
import { assuranceError } from './errors.ts';
import { Entry, Verification } from './model.ts';
import { type AssuranceTables, listEntries } from './store.ts';

/** `GET /v1/entries`, `GET /v1/entries/verification`. */
export function assuranceRoutes(app: App, { database }: { database: Database<AssuranceTables> }): void {
  const tags = ['assurance'];
  app.get(
    '/v1/entries',
    {
      ...needs('assurance:read'),
      schema: {
        tags,
        operationId: 'listEntries',
        summary: 'Entries of the log, oldest first, of your agency and those below it',
        querystring: PageQuery,
        response: { 200: Type.Object({ entries: Type.Array(Entry) }) },
      },
    },
    async (request) => {
      const { after, limit } = pageOf(request.query);
      const seq = Number(after ?? 0);
      if (!Number.isSafeInteger(seq) || seq < 0)
        throw assuranceError('ASSURANCE_PAGE_INVALID', { after: String(after) });
      const entries = await database.transaction(accessOf(request), (trx) => listEntries(trx, seq, limit));
      return { entries };
    },
  );
  app.get(
    '/v1/entries/verification',
    {
      ...needs('assurance:read'),
      schema: {
        tags,
        operationId: 'verifyEntries',
        summary: 'Verify the whole chain; names the first entry that does not hold',
        response: { 200: Verification },
      },
    },
    () => verifyEntries(database),
  );
}
