import Type from 'typebox';
import type { OpenDatabase } from '../platform/database/index.ts';
import type { App } from '../platform/http/app.ts';
import { serverError } from './errors.ts';

const Health = Type.Object({ status: Type.Literal('ok') });

/** `/healthz`: the process lives. `/readyz`: it can serve, so the database answers and it is not stopping. */
export function healthRoutes(
  app: App,
  { database, isStopping }: { database: Pick<OpenDatabase<unknown>, 'ping'>; isStopping: () => boolean },
): void {
  const tags = ['service'];
  app.get(
    '/healthz',
    { schema: { tags, operationId: 'health', summary: 'The process lives', response: { 200: Health } } },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    { schema: { tags, operationId: 'ready', summary: 'The server can serve', response: { 200: Health } } },
    async () => {
      if (isStopping()) throw serverError('SERVER_STOPPING');
      await database.ping();
      return { status: 'ok' as const };
    },
  );
}
