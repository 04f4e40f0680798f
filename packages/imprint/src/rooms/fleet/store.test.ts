import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { expect, it } from 'vitest';
import { type FleetTables, upsertCheckIns } from './store.ts';

/** A database that compiles and runs nothing: here the SQL is the subject; the journeys run it. */
const compiler = new Kysely<FleetTables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

it('the statement of the hot path is one, sorted, and judged by the counter', async () => {
  const { sql, parameters } = upsertCheckIns([]).compile(compiler);
  expect(parameters).toHaveLength(8);
  await expect(`${sql.trim()}\n`).toMatchFileSnapshot('__golden__/check-in.sql');
});
