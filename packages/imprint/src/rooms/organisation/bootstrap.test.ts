import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/support/test-database.ts';
import { type OpenDatabase, serviceContext } from '../../platform/database/index.ts';
import { withClient } from '../../platform/database/provision.ts';
import { scopes } from '../../platform/http/access.ts';
import { randomIds } from '../../platform/ids.ts';
import type { Tables } from '../../server/tables.ts';
import { authenticate } from './actions.ts';
import { ensureOperatorToken, operatorTokenFile } from './bootstrap.ts';

let own: TestDatabase;
let database: OpenDatabase<Tables>;
let home: string;
beforeAll(async () => {
  own = await testDatabase();
  database = own.open();
  home = await mkdtemp(join(tmpdir(), 'imprint-bootstrap-'));
});
afterAll(async () => {
  await database.close();
  await own.drop();
  await rm(home, { recursive: true, force: true });
});

it("the operator's token is replaced when a newer version knows a scope that it lacks", async () => {
  const clock = { now: () => new Date('2026-11-23T08:00:00Z') };
  const context = { database, clock, ids: randomIds(clock) };
  const token = async () => {
    await ensureOperatorToken(context, home);
    return (await readFile(operatorTokenFile(home), 'utf8')).trim();
  };
  const before = await token();
  expect(await token()).toBe(before);
  await withClient(own.superuser, (client) =>
    client.query("UPDATE organisation_token SET scopes = array_remove(scopes, 'people:write')"),
  );
  const after = await token();
  expect(after).not.toBe(before);
  expect((await authenticate(context, after)).scopes).toEqual([...scopes]);
  const roots = await database.transaction(serviceContext('test'), (trx) =>
    trx.selectFrom('organisation_agency').select('id').execute(),
  );
  expect(roots).toHaveLength(1);
});
