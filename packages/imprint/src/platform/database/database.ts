import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { platformError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AccessContext } from './context.ts';

/** The only way to the tables: a transaction under a context. `Tables` narrows what a room may name. */
export interface Database<Tables> {
  /** Runs the work in one transaction under row-level security. @throws DB_UNAVAILABLE */
  transaction<R>(context: AccessContext, work: (trx: Transaction<Tables>) => Promise<R>): Promise<R>;
}

export interface OpenDatabase<Tables> extends Database<Tables> {
  /** Resolves when the database answers. @throws DB_UNAVAILABLE */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** bigint columns hold counters and sizes below 2^53, so they arrive as numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** Opens the pool the server works with; its login is a member of `imprint_app` and owns no table. */
export function openPool<Tables>(
  connection: pg.PoolConfig,
  options: { connections: number; log: Log },
): OpenDatabase<Tables> {
  const pool = new pg.Pool({
    ...connection,
    max: options.connections,
    types,
    application_name: 'imprint',
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 30_000,
    connectionTimeoutMillis: 10_000,
  });
  const lost = (error: Error) => options.log.warn({ reason: error.message }, 'database connection lost');
  // The pool listens to its idle clients only; one that is lost at work would end the process.
  pool.on('connect', (client) => client.on('error', lost));
  pool.on('error', () => undefined);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    transaction: (context, work) =>
      reported(
        kysely.transaction().execute(async (trx) => {
          await sql`select set_config('imprint.agency_path', ${context.agencyPath}, true),
                           set_config('imprint.actor', ${context.actor}, true)`.execute(trx);
          return await work(trx);
        }),
      ),
    ping: async () => {
      await reported(sql`select 1`.execute(kysely));
    },
    close: () => kysely.destroy(),
  };
}

async function reported<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (isConnectionFailure(error)) throw platformError('DB_UNAVAILABLE', {}, { cause: error });
    throw error;
  }
}

/** True when the database could not be reached, let nobody in or went away: by SQLSTATE, or a socket's own error. */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  if (
    code !== undefined &&
    /^(08...|28...|3D000|53300|55000|57P0.|ECONN\w+|ENOENT|EPIPE|ENOTFOUND|ETIMEDOUT)$/.test(code)
  ) {
    return true;
  }
  return /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
    error.message,
  );
}
