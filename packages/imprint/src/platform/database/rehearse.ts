import type { Transaction } from 'kysely';
import type { AccessContext } from './context.ts';
import type { Database } from './database.ts';

class Rehearsed<R> extends Error {
  readonly result: R;
  constructor(result: R) {
    super('rehearsed');
    this.result = result;
  }
}

/**
 * Runs work in one transaction; a dry run does everything, every refusal included, and then takes it all back.
 * @throws what the work throws, and DB_UNAVAILABLE
 */
export async function transactOrRehearse<Tables, R>(
  database: Database<Tables>,
  context: AccessContext,
  dryRun: boolean,
  work: (trx: Transaction<Tables>) => Promise<R>,
): Promise<R> {
  if (!dryRun) return database.transaction(context, work);
  try {
    return await database.transaction(context, async (trx) => {
      throw new Rehearsed(await work(trx));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.result as R;
    throw error;
  }
}
