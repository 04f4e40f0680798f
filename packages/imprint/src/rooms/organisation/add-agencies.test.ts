import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestServer, testServer } from '../../../test/support/test-server.ts';
import { type OpenDatabase, serviceContext } from '../../platform/database/index.ts';
import { migrate, platformMigrations } from '../../platform/database/migrate.ts';
import { withClient } from '../../platform/database/provision.ts';
import { randomIds } from '../../platform/ids.ts';
import type { Tables } from '../../server/tables.ts';
import { recordAll } from '../assurance/index.ts';
import { type AgencyToAdd, addAgencies } from './add-agencies.ts';
import { agencyMigration } from './migrations/0001-agency.ts';
import { peopleMigration } from './migrations/0002-people.ts';
import { parentsFirst } from './rules.ts';

describe('agencies to be added', () => {
  const code = fc.integer({ min: 0, max: 12 }).map(String);
  const rows = fc.uniqueArray(fc.record({ code, above: code }), {
    selector: (row) => row.code,
    maxLength: 13,
  });

  it('come parents first, except those in circles or below one', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const all = given.map((row) => ({ code: row.code, parent: { code: row.above } }));
        const { ordered, circular } = parentsFirst(all);
        expect(new Set([...ordered, ...circular])).toEqual(new Set(all));
        const known = new Set(all.map((row) => row.code));
        const seen = new Set<string>();
        for (const row of ordered) {
          expect(seen.has(row.parent.code) || !known.has(row.parent.code)).toBe(true);
          seen.add(row.code);
        }
        for (const row of circular)
          expect(circular.some((other) => other.code === row.parent.code)).toBe(true);
      }),
    );
  });
});

describe('a tree of agencies', () => {
  let server: TestServer;
  let database: OpenDatabase<Tables>;
  let root: { id: string; path: string };
  beforeAll(async () => {
    server = await testServer();
    database = server.database.open();
    root = (await server.get('/v1/agencies')).body.agencies[0];
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });

  const name = { en: 'x', 'zh-CN': 'x' };
  const row = (code: string, parent: AgencyToAdd['parent'], kind: AgencyToAdd['kind'] = 'agency') =>
    ({ code, parent, kind, name }) satisfies AgencyToAdd;
  const add = (rows: readonly AgencyToAdd[]) => {
    const context = { database, clock: server.clock, ids: randomIds(server.clock) };
    const access = { agencyPath: root.path, actor: 'token:x' };
    return database.transaction(access, async (trx) => {
      const { agencies, events } = await addAgencies(trx, context, access, rows);
      await recordAll(trx, events);
      return agencies;
    });
  };
  const total = () =>
    database.transaction(serviceContext('test'), async (trx) => {
      const agencies = await trx.selectFrom('organisation_agency').select('id').execute();
      const entries = await trx.selectFrom('assurance_entry').select('seq').execute();
      return [agencies.length, entries.length];
    });

  it('is added whole, children before parents too, and inherits its sector', async () => {
    const rows = [
      row('A-2', { code: 'A-1' }),
      { ...row('A-1', { id: root.id }, 'ministry'), sector: 'energy' as const },
      row('A-3', { code: 'A-2' }, 'site'),
    ];
    const added = await add(rows);
    expect(added.map(({ code, sector }) => [code, sector])).toEqual([
      ['A-1', 'energy'],
      ['A-2', 'energy'],
      ['A-3', 'energy'],
    ]);
    expect(added[2]?.path).toBe(`${root.path}${added.map(({ id }) => id).join('/')}/`);
    const later = await add([row('A-4', { code: 'A-1' })]);
    expect(later[0]?.parentId).toBe(added[0]?.id);
  });

  it.each([
    ['in a circle', [row('L-1', { code: 'L-2' }), row('L-2', { code: 'L-1' })], 'ORGANISATION_AGENCY_LOOP'],
    ['below itself', [row('L-1', { code: 'L-1' })], 'ORGANISATION_AGENCY_LOOP'],
    ['below nobody', [row('N-1', { code: 'N-0' })], 'ORGANISATION_AGENCY_UNKNOWN'],
    ['twice', [row('D-1', { code: 'A-1' }), row('D-1', { code: 'A-1' })], 'ORGANISATION_AGENCY_CODE_TAKEN'],
    ['that exists', [row('A-1', { code: 'A-2' })], 'ORGANISATION_AGENCY_CODE_TAKEN'],
    ['misplaced', [row('M-1', { code: 'A-3' })], 'ORGANISATION_AGENCY_MISPLACED'],
  ])('with one %s is refused, and nothing of it stays', async (_what, rows, code) => {
    const before = await total();
    const good = row('G-1', { code: 'A-1' });
    await expect(add([good, ...rows])).rejects.toMatchObject({ code });
    expect(await total()).toEqual(before);
  });

  it('takes a code once, also by two askers at the same moment', async () => {
    const wanted = { parentId: root.id, kind: 'ministry', code: 'TWICE', name };
    const answers = await Promise.all([
      server.post('/v1/agencies', wanted),
      server.post('/v1/agencies', wanted),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const odd = await server.post('/v1/agencies', { ...wanted, code: 'ODD', sector: 'health' });
    expect(odd.body.code).toBe('SERVER_REQUEST_INVALID');
  });

  it('that is older keeps known sectors, and others become other', async () => {
    await withClient(server.database.superuser, async (client) => {
      await client.query('CREATE SCHEMA older AUTHORIZATION imprint_owner');
    });
    await withClient({ ...server.database.owner, options: '-c search_path=older,public' }, async (client) => {
      await migrate(client, [...platformMigrations.slice(1), agencyMigration]);
      await client.query("SELECT set_config('imprint.agency_path', '/', false)");
      const id = (digit: number) => `0${digit}`.repeat(13);
      for (const [digit, sector] of [null, 'energy', 'health'].entries()) {
        const path = `/${id(0)}/${digit === 0 ? '' : `${id(digit)}/`}`;
        await client.query(
          `INSERT INTO organisation_agency (id, parent_id, path, kind, sector, name_en, name_zh, created_at)
           VALUES ($1, $2, $3, $4, $5, 'x', 'x', now())`,
          [id(digit), digit === 0 ? null : id(0), path, digit === 0 ? 'nation' : 'ministry', sector],
        );
      }
      await client.query("SELECT set_config('imprint.agency_path', '', false)");
      await migrate(client, [agencyMigration, peopleMigration]);
      await client.query("SELECT set_config('imprint.agency_path', '/', false)");
      const { rows } = await client.query('SELECT sector FROM organisation_agency ORDER BY id');
      expect(rows.map(({ sector }) => sector)).toEqual([null, 'energy', 'other']);
    });
  });
});
