import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/support/test-database.ts';
import { migrations } from '../../server/tables.ts';
import { type Migration, migrate, platformMigrations } from './migrate.ts';
import { checkAppRole, provisionUrl, withClient } from './provision.ts';

let database: TestDatabase;
const all = [...platformMigrations, ...migrations];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const apply = (list: readonly Migration[]) => withClient(database.owner, (client) => migrate(client, list));

describe('migrations', () => {
  it('apply once', async () => {
    expect(await apply(all)).toEqual([]);
    const next = { id: 'test/0001-next', sql: 'CREATE TABLE test_next (id text)' };
    const results = await Promise.all([apply([...all, next]), apply([...all, next])]);
    expect(results.flat()).toEqual(['test/0001-next']);
    await withClient(database.owner, async (client) => {
      await client.query("DROP TABLE test_next; DELETE FROM platform_migration WHERE id = 'test/0001-next'");
    });
  });

  it('leave nothing of a step that fails', async () => {
    const broken = { id: 'test/0001-broken', sql: 'CREATE TABLE test_half (id text); SELECT 1 / 0' };
    await expect(apply([...all, broken])).rejects.toMatchObject({ code: '22012' });
    await withClient(database.owner, async (client) => {
      expect((await client.query("SELECT to_regclass('test_half') AS found")).rows).toEqual([
        { found: null },
      ]);
    });
    expect(await apply(all)).toEqual([]);
  });

  it('are refused when their text has changed, and when the database is ahead', async () => {
    const [first, ...rest] = all;
    const changed = { id: first?.id ?? '', sql: `${first?.sql} ` };
    await expect(apply([changed, ...rest])).rejects.toMatchObject({ code: 'DB_MIGRATION_CHANGED' });
    await expect(apply(all.slice(0, -1))).rejects.toMatchObject({ code: 'DB_SCHEMA_NEWER' });
  });

  it('have ids of their own, named after their room', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, sql } of all) {
      const room = id.split('/')[0];
      for (const [, table] of sql.matchAll(/CREATE TABLE (\w+)/g))
        expect(table).toMatch(new RegExp(`^${room}_`));
    }
  });
});

describe('the role the server works with', () => {
  it('must not be one row-level security does not hold', async () => {
    await expect(checkAppRole(database.owner)).rejects.toMatchObject({ code: 'DB_ROLE_TOO_STRONG' });
    await expect(checkAppRole(database.superuser)).rejects.toMatchObject({ code: 'DB_ROLE_TOO_STRONG' });
    await expect(checkAppRole(database.app)).resolves.toBeUndefined();
  });

  it('is switched to when DATABASE_URL is all there is', async () => {
    await withClient(database.superuser, async (client) => {
      await client.query('GRANT imprint_app TO imprint_owner');
    });
    const { app } = await provisionUrl(database.environment.DATABASE_URL, undefined);
    await expect(checkAppRole(app)).resolves.toBeUndefined();
  });

  it('is asked for by name when it is missing and may not be made', async () => {
    await withClient(database.superuser, async (client) => {
      await client.query('REVOKE imprint_app FROM imprint_owner');
    });
    await expect(provisionUrl(database.environment.DATABASE_URL, undefined)).rejects.toMatchObject({
      code: 'DB_ROLE_MISSING',
      params: { login: 'imprint_owner' },
    });
  });

  it('is unavailable when nothing answers', async () => {
    await expect(provisionUrl('postgres://nobody@127.0.0.1:1/none', undefined)).rejects.toMatchObject({
      code: 'DB_UNAVAILABLE',
    });
  });
});
