import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { scopes } from '../../src/platform/http/access.ts';
import { testDevice } from '../support/test-device.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let root: string;
/** Two ministries beside each other, each with a token of its own and a device. */
const ministries: { id: string; path: string; token: string; tokenId: string; device: string }[] = [];

beforeAll(async () => {
  server = await testServer();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
  for (const name of ['first', 'second']) ministries.push(await ministry(name));
});
afterAll(() => server.close());

async function ministry(name: string) {
  const wanted = { parentId: root, kind: 'ministry', name: { en: name, 'zh-CN': name } };
  const agency = (await server.post('/v1/agencies', wanted)).body;
  const issued = await server.post('/v1/tokens', { agencyId: agency.id, label: name, scopes: [...scopes] });
  const token: string = issued.body.secret;
  const enrolment = (await server.post('/v1/enrolment-tokens', { label: name }, token)).body.secret;
  const device = testDevice();
  const now = server.clock.now();
  await server.post('/v1/enrol', { message: device.enrolment(enrolment, now) }, '');
  await server.post('/v1/check-in', { message: device.checkIn(1, now) }, '');
  return { id: agency.id, path: agency.path, token, tokenId: issued.body.token.id, device: device.id };
}

const [first, second] = [
  () => ministries[0] as (typeof ministries)[0],
  () => ministries[1] as (typeof ministries)[0],
];

/** Everything that could give a ministry away. */
const marks = (of: (typeof ministries)[0]) => [of.id, of.tokenId, of.device, of.token];

describe('one agency and another', () => {
  it('finds nothing of the other on any route that lists', async () => {
    const { paths } = (await server.get('/openapi.json')).body;
    const lists = Object.keys(paths).filter((path) => path.startsWith('/v1/') && 'get' in paths[path]);
    expect(lists.length).toBeGreaterThan(6);
    for (const path of lists) {
      const filled = path
        .replace('/v1/devices/{id}', `/v1/devices/${second().device}`)
        .replace('{edition}', 'gov-base')
        .replace('{channel}', 'stable')
        .replace('{sha256}', 'a'.repeat(64));
      const answer = await server.get(filled, first().token);
      const text = JSON.stringify(answer.body);
      for (const mark of marks(second())) expect(text, `${filled} shows ${mark}`).not.toContain(mark);
    }
    const own = await server.get('/v1/devices', first().token);
    expect(own.body.devices.map(({ id }: { id: string }) => id)).toEqual([first().device]);
  });

  it('cannot act on the other: it is as if it did not exist', async () => {
    const { token } = first();
    const other = second();
    const acts = [
      server.post(
        '/v1/agencies',
        { parentId: other.id, kind: 'site', name: { en: 'x', 'zh-CN': 'x' } },
        token,
      ),
      server.post('/v1/tokens', { agencyId: other.id, label: 'x', scopes: ['fleet:read'] }, token),
      server.post('/v1/enrolment-tokens', { agencyId: other.id }, token),
      server.post(`/v1/devices/${other.device}/resolve-conflict`, undefined, token),
      server.get(`/v1/devices/${other.device}`, token),
      server.get('/v1/tokens', token).then(async () => {
        const response = await fetch(`${server.url}/v1/tokens/${other.tokenId}`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${token}` },
        });
        return { status: response.status };
      }),
    ];
    for (const answer of await Promise.all(acts)) expect(answer.status).toBe(404);
    expect((await server.get('/v1/devices', other.token)).status).toBe(200);
  });

  it('is seen whole from the nation above', async () => {
    const { body } = await server.get('/v1/devices');
    expect(body.devices.map(({ id }: { id: string }) => id).sort()).toEqual(
      ministries.map(({ device }) => device).sort(),
    );
  });
});

describe('every table', () => {
  const tables = (run: (name: string) => Promise<void>) =>
    withClient(server.database.owner, async (client) => {
      const { rows } = await client.query<{ name: string; forced: boolean }>(
        `SELECT relname AS name, relrowsecurity AND relforcerowsecurity AS forced FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'platform_migration'`,
      );
      expect(rows.length).toBeGreaterThan(6);
      for (const row of rows) {
        expect(row.forced, `${row.name} forces row-level security`).toBe(true);
        await run(row.name);
      }
    });

  it('shows no row without a context, to the server nor to the owner, before and after a transaction had one', async () => {
    for (const login of [server.database.app, server.database.owner]) {
      await withClient(login, async (client) => {
        const empty = (name: string) =>
          client.query(`SELECT FROM ${name}`).then(({ rowCount }) => {
            expect(rowCount, `${name} without a context`).toBe(0);
          });
        await tables(empty);
        await client.query('BEGIN');
        await client.query("SELECT set_config('imprint.agency_path', '/', true)");
        expect((await client.query('SELECT FROM fleet_device')).rowCount).toBe(2);
        await client.query('COMMIT');
        await tables(empty);
      });
    }
  });

  it("shows the first agency's context no row of the second", async () => {
    await withClient(server.database.app, async (client) => {
      await client.query('BEGIN');
      await client.query("SELECT set_config('imprint.agency_path', $1, true)", [first().path]);
      await tables(async (name) => {
        const { rows } = await client.query(`SELECT to_jsonb(t)::text AS text FROM ${name} t`);
        for (const { text } of rows) {
          for (const mark of marks(second())) expect(text, `${name} shows ${mark}`).not.toContain(mark);
        }
      });
      await client.query('ROLLBACK');
    });
  });

  it("lets nobody write into another agency's rows", async () => {
    await withClient(server.database.app, async (client) => {
      const inFirst = async (sql: string, values: unknown[]) => {
        await client.query('BEGIN');
        await client.query("SELECT set_config('imprint.agency_path', $1, true)", [first().path]);
        try {
          return await client.query(sql, values);
        } finally {
          await client.query('ROLLBACK');
        }
      };
      const moved = inFirst('UPDATE fleet_device SET agency_path = $1', [second().path]);
      await expect(moved).rejects.toMatchObject({ code: '42501' });
      const taken = await inFirst('UPDATE fleet_device SET hostname = $1 WHERE id = $2', [
        'x',
        second().device,
      ]);
      expect(taken.rowCount).toBe(0);
      await expect(inFirst('DELETE FROM assurance_entry', [])).rejects.toMatchObject({ code: '42501' });
      await expect(inFirst('UPDATE assurance_entry SET actor = $1', ['x'])).rejects.toMatchObject({
        code: '42501',
      });
    });
  });
});

describe('tokens', () => {
  it('are refused when absent, unknown, revoked, expired or without the scope', async () => {
    expect((await server.get('/v1/devices', '')).body.code).toBe('ORGANISATION_TOKEN_REQUIRED');
    expect((await server.get('/v1/devices', 'x')).body.code).toBe('ORGANISATION_TOKEN_INVALID');
    const { token } = first();
    const wrong = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    expect((await server.get('/v1/devices', wrong)).body.code).toBe('ORGANISATION_TOKEN_INVALID');

    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const wanted = { agencyId: root, label: 'reader', scopes: ['edition:read'], expiresAt };
    const reader = (await server.post('/v1/tokens', wanted)).body;
    expect((await server.get('/v1/editions', reader.secret)).status).toBe(200);
    expect(await server.get('/v1/devices', reader.secret)).toMatchObject({
      status: 403,
      body: { code: 'ORGANISATION_SCOPE_MISSING', params: { scope: 'fleet:read' } },
    });
    server.clock.advance(61);
    expect((await server.get('/v1/editions', reader.secret)).status).toBe(401);
  });

  it('cannot give away what they do not hold', async () => {
    const wanted = { agencyId: first().id, label: 'x', scopes: ['organisation:write'] };
    const narrow = (await server.post('/v1/tokens', wanted)).body.secret;
    const more = await server.post('/v1/tokens', { ...wanted, scopes: ['fleet:write'] }, narrow);
    expect(more).toMatchObject({ status: 403, body: { code: 'ORGANISATION_SCOPE_EXCEEDED' } });
  });

  it('are kept as hashes only', async () => {
    await withClient(server.database.superuser, async (client) => {
      const { rows } = await client.query('SELECT to_jsonb(t)::text AS text FROM organisation_token t');
      const secret = server.operatorToken.split('_').at(-1) as string;
      for (const { text } of rows) expect(text).not.toContain(secret);
    });
  });
});
