import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/support/test-database.ts';
import { type OpenDatabase, serviceContext } from '../../platform/database/index.ts';
import { withClient } from '../../platform/database/provision.ts';
import type { Tables } from '../../server/tables.ts';
import { record, verifyEntries } from './actions.ts';

let database: TestDatabase;
let open: OpenDatabase<Tables>;
beforeAll(async () => {
  database = await testDatabase();
  open = database.open();
});
afterAll(async () => {
  await open.close();
  await database.drop();
});

const event = (subject: string) => ({
  at: new Date(),
  action: 'test.act',
  actor: 'service:test',
  agencyPath: '/',
  subject,
  digests: { thing: 'a'.repeat(64) },
});
const act = (subject: string, fail = false) =>
  open.transaction(serviceContext('test'), async (trx) => {
    await record(trx, event(subject));
    if (fail) throw new Error('the act fails');
  });

describe('recording', () => {
  it('joins the act: no entry without it', async () => {
    await act('first');
    await expect(act('never', true)).rejects.toThrow('the act fails');
    await act('second');
    expect(await verifyEntries(open)).toMatchObject({ intact: true, entries: 2 });
  });

  it('makes one line of acts that happen at once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => act(`parallel-${i}`)));
    expect(await verifyEntries(open)).toMatchObject({ intact: true, entries: 42 });
  });

  it('cannot be undone by the server, nor by the owner of the tables', async () => {
    const sql = 'DELETE FROM assurance_entry';
    for (const login of [database.app, database.owner]) {
      await withClient(login, async (client) => {
        await client.query("SELECT set_config('imprint.agency_path', '/', false)");
        await expect(client.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/42501|23001/) });
      });
    }
  });

  it('shows what somebody who owns the machine has rewritten', async () => {
    await withClient(database.superuser, async (client) => {
      await client.query('ALTER TABLE assurance_entry DISABLE TRIGGER USER');
      await client.query("UPDATE assurance_entry SET actor = 'token:other' WHERE seq = 7");
    });
    expect((await verifyEntries(open)).broken).toEqual({ seq: 7, reason: 'changed' });
    await withClient(database.superuser, async (client) => {
      await client.query('DELETE FROM assurance_entry WHERE seq = 3');
    });
    expect((await verifyEntries(open)).broken).toEqual({ seq: 3, reason: 'missing' });
  });
});
