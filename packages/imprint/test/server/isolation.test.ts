import { generateSigner } from '@imprint/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { scopes } from '../../src/platform/http/access.ts';
import { type Owner, plantRows } from '../support/isolation/plant.ts';
import {
  type Description,
  type Foreign,
  type Operation,
  operationsOf,
  requestsOf,
  type Sent,
  withNobodysIds,
} from '../support/isolation/requests.ts';
import { dumpBeside, ofAgency, readTables, type Table } from '../support/isolation/tables.ts';
import { type TestBrowser, testPerson } from '../support/test-browser.ts';
import { testDevice } from '../support/test-device.ts';
import { type Answer, ask, type TestServer, testServer } from '../support/test-server.ts';

interface Ministry extends Owner {
  readonly token: string;
  readonly tokenId: string;
  readonly browser: TestBrowser;
}

let server: TestServer;
let root: string;
let tables: Table[];
/** Two ministries beside each other, each with a row in every table that knows agencies. */
const ministries: Ministry[] = [];
/** What a request of the first may name of the second. */
let foreign: Foreign;
/** Every longer text in rows of the second and nowhere else: whoever sees one has seen the second. */
let marks: string[];

const [first, second] = [() => ministries[0] as Ministry, () => ministries[1] as Ministry];

beforeAll(async () => {
  const licenceKey = [generateSigner('ed25519')];
  server = await testServer({}, { openLicenceKey: async () => licenceKey });
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
  for (const name of ['first', 'second']) ministries.push(await ministry(name));
  await withClient(server.database.superuser, async (client) => {
    tables = await readTables(client);
    for (const owner of ministries) await plantRows(client, tables, owner, server.clock.now());
  });
  const texts = await Promise.all([textsOf(first()), textsOf(second())]);
  const others = new Set(texts[0].flatMap(({ strings }) => strings));
  const own = texts[1].flatMap(({ strings }) => strings);
  const telling = own.filter((text) => text.length >= 20 && !others.has(text));
  marks = [...new Set([...telling, second().token])];
  foreign = { agencyId: second().id, rows: firstOfEach(texts[1]) };
});
afterAll(() => server.close());

/** Roles that together give one person every scope. */
const allRoles = ['agency-administrator', 'release-engineer', 'regulator', 'licensing-officer'];

async function ministry(name: string): Promise<Ministry> {
  const wanted = { parentId: root, kind: 'ministry', name: { en: name, 'zh-CN': name } };
  const agency = (await server.post('/v1/agencies', wanted)).body;
  const issued = await server.post('/v1/tokens', { agencyId: agency.id, label: name, scopes: [...scopes] });
  const token: string = issued.body.secret;
  const enrolment = (await server.post('/v1/enrolment-tokens', { label: name }, token)).body.secret;
  const device = testDevice();
  const now = server.clock.now();
  await server.post('/v1/enrol', { message: device.enrolment(enrolment, now) }, '');
  await server.post('/v1/check-in', { message: device.checkIn(1, now) }, '');
  const login = `person.${name}`;
  const { browser } = await testPerson(server, { login, agencyId: agency.id, roles: allRoles });
  const { id, path } = agency;
  return { name, id, path, token, tokenId: issued.body.token.id, device: device.id, browser };
}

interface RowText {
  readonly table: string;
  readonly key: string;
  readonly text: string;
  readonly strings: string[];
}

/** Rows of a ministry as the machine's owner sees them. */
function textsOf(owner: Owner): Promise<RowText[]> {
  return withClient(server.database.superuser, async (client) => {
    const all: RowText[] = [];
    for (const table of tables.filter(({ paths }) => paths.length > 0)) {
      const { rows } = await client.query<{ key: string; row: Record<string, unknown> }>(
        `SELECT ${table.key}::text AS key, to_jsonb(t) AS row FROM ${table.name} t WHERE ${ofAgency(table)} ORDER BY 1`,
        [owner.path],
      );
      for (const { key, row } of rows) {
        // The chain of the log goes through everybody's entries.
        const { hash: _hash, previous: _previous, ...told } = row;
        const strings = Object.values(told).flatMap((value) => (typeof value === 'string' ? [value] : []));
        // Instants are the same for everybody.
        const telling = strings.filter((text) => !/^\d{4}-\d\d-\d\dT/.test(text));
        all.push({ table: table.name, key, text: JSON.stringify(row), strings: telling });
      }
    }
    return all;
  });
}

const firstOfEach = (rows: readonly RowText[]): RowText[] =>
  rows.filter(({ table }, index) => rows.findIndex((row) => row.table === table) === index);

type Caller = (operation: Operation, sent: Sent) => Promise<Answer>;

const byToken: Caller = ({ method }, { url, body }) =>
  ask(server.url + url, {
    method,
    headers: {
      authorization: `Bearer ${first().token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const bySession: Caller = ({ method }, { url, body }) => first().browser.send(method, url, body);

const operations = async (): Promise<Operation[]> =>
  operationsOf((await server.get('/openapi.json')).body as Description);

/**
 * Everything that is not wholly the first's own. The log's head, attempts and tickets move with whatever anybody does, and
 * the register of builds is one for all agencies.
 */
const dump = () => {
  const moving = ['assurance_head', 'platform_rate_limit', 'organisation_challenge', 'edition_build'];
  const kept = tables.filter(({ name }) => !moving.includes(name));
  return withClient(server.database.superuser, (client) => dumpBeside(client, kept, first().path));
};

const outcome = ({ status, body }: Answer) => `${status} ${body?.code ?? ''}`;

describe('one agency on every route', () => {
  it('that is swept has the scopes to be let in, by token and by session', async () => {
    const { body } = await first().browser.get('/v1/session');
    expect([...body.acting.scopes].sort()).toEqual([...scopes].sort());
    expect(foreign.rows.length).toBe(tables.filter(({ paths }) => paths.length > 0).length);
    expect(marks.length).toBeGreaterThan(foreign.rows.length);
  });

  it('sees its own, so that there is something to be seen', async () => {
    const showing: string[] = [];
    for (const operation of await operations()) {
      if (operation.method !== 'GET' || operation.path.includes('{')) continue;
      const answer = await server.get(operation.path, second().token);
      expect(answer.status, operation.path).toBeLessThan(500);
      const text = JSON.stringify(answer.body);
      if (marks.some((mark) => text.includes(mark))) showing.push(operation.path);
    }
    expect(showing).toEqual(
      expect.arrayContaining(['/v1/agencies', '/v1/tokens', '/v1/people', '/v1/devices']),
    );
  });

  it.each([
    ['token', byToken],
    ['session', bySession],
  ] as const)('sees and changes nothing of another by its %s', async (_name, call) => {
    const before = await dump();
    const unread: string[] = [];
    for (const operation of await operations()) {
      const name = `${operation.method} ${operation.path}`;
      const answers: Answer[] = [];
      for (const sent of requestsOf(operation, foreign)) {
        const answer = await call(operation, sent);
        answers.push(answer);
        checkAnswer(`${name}: ${sent.url}`, operation, sent, answer);
        if (sent.foreign.length === 0) continue;
        const nobodys = await call(operation, withNobodysIds(sent, sent.foreign));
        expect(outcome(answer), `${name}: as if it were not there: ${sent.url}`).toBe(outcome(nobodys));
      }
      const isUnread = ({ body }: Answer) => body?.code === 'SERVER_REQUEST_INVALID';
      if (answers.every(isUnread)) unread.push(name);
    }
    expect(
      unread,
      'operations no request was understood of: teach test/support/isolation/requests.ts',
    ).toEqual([]);
    expect(await dump()).toEqual(before);
  });

  function checkAnswer(name: string, operation: Operation, sent: Sent, answer: Answer): void {
    expect(answer.status, name).toBeLessThan(500);
    const text = JSON.stringify([answer.body, [...answer.headers]]);
    const said = JSON.stringify(sent);
    const seen = marks.filter((mark) => text.includes(mark) && !said.includes(mark));
    expect(seen, name).toEqual([]);
    const isGuarded = (operation.security ?? []).length > 0;
    const isNamed = operation.method !== 'GET' || operation.path.includes('{');
    if (isGuarded && isNamed && sent.foreign.length > 0)
      expect(answer.status, name).toBeGreaterThanOrEqual(400);
  }

  it('lets nobody in without a token or a session', async () => {
    for (const operation of await operations()) {
      if ((operation.security ?? []).length === 0) continue;
      const [sent] = requestsOf(operation, foreign);
      const answer = await ask(server.url + (sent?.url ?? ''), { method: operation.method });
      expect(answer.status, `${operation.method} ${operation.path}`).toBe(401);
    }
  });

  it('is seen whole from the nation above', async () => {
    const { body } = await server.get('/v1/devices');
    expect(body.devices.map(({ id }: { id: string }) => id).sort()).toEqual(
      ministries.map(({ device }) => device).sort(),
    );
  });
});

describe('every table', () => {
  const under = async <R>(path: string, work: (query: Query) => Promise<R>): Promise<R> =>
    withClient(server.database.app, async (client) => {
      await client.query('BEGIN');
      await client.query("SELECT set_config('imprint.agency_path', $1, true)", [path]);
      try {
        return await work((text, values) => client.query(text, values));
      } finally {
        await client.query('ROLLBACK');
      }
    });
  type Query = (text: string, values?: unknown[]) => Promise<{ rowCount: number | null; rows: unknown[] }>;

  it('forces row-level security', () => {
    expect(tables.length).toBeGreaterThan(15);
    expect(tables.filter(({ isForced }) => !isForced)).toEqual([]);
  });

  it('shows no row without a context, to the server nor to the owner, before and after a transaction had one', async () => {
    for (const login of [server.database.app, server.database.owner]) {
      await withClient(login, async (client) => {
        const allEmpty = async () => {
          for (const { name } of tables) {
            expect((await client.query(`SELECT FROM ${name}`)).rowCount, `${name} without a context`).toBe(0);
          }
        };
        await allEmpty();
        await client.query('BEGIN');
        await client.query("SELECT set_config('imprint.agency_path', '/', true)");
        expect((await client.query('SELECT FROM fleet_device')).rowCount).toBe(2);
        await client.query('COMMIT');
        await allEmpty();
      });
    }
  });

  it('that knows agencies has rows of both, and shows each its own only', async () => {
    for (const table of tables) {
      const mine = await under(first().path, async (query) => {
        const { rows } = await query(`SELECT to_jsonb(t)::text AS text FROM ${table.name} t`);
        return (rows as { text: string }[]).map(({ text }) => text);
      });
      if (table.paths.length > 0) expect(mine.length, `${table.name} is swept empty`).toBeGreaterThan(0);
      for (const mark of marks) {
        expect(
          mine.filter((text) => text.includes(mark)),
          `${table.name} shows ${mark}`,
        ).toEqual([]);
      }
    }
  });

  it('lets nobody write what is another agency’s', async () => {
    for (const table of tables.filter(({ paths }) => paths.length > 0)) {
      const { name, paths } = table;
      const taken = foreign.rows.find((row) => row.table === name);
      const insert = under(first().path, (query) =>
        query(`INSERT INTO ${name} SELECT * FROM jsonb_populate_record(NULL::${name}, $1)`, [taken?.text]),
      );
      await expect(insert, `${name}: insert`).rejects.toMatchObject({ code: '42501' });
      const count = async (query: Query) => {
        await query("SELECT set_config('imprint.agency_path', $1, true)", [second().path]);
        return (await query(`SELECT FROM ${name}`)).rowCount;
      };
      const before = await under(first().path, count);
      const deleted = await under(first().path, async (query) => {
        await query(`DELETE FROM ${name}`);
        return count(query);
      }).catch(refused);
      expect([before, '42501'], `${name}: delete`).toContain(deleted);
      for (const path of table.columns.filter(
        (column) => paths.includes(column.name) && column.isChangeable,
      )) {
        // Where two paths make a row visible, it may be one's own by the other.
        if (paths.length > 1) continue;
        const moved = under(first().path, (query) =>
          query(`UPDATE ${name} SET ${path.name} = $1`, [second().path]),
        );
        await expect(moved, `${name}: move`).rejects.toMatchObject({
          code: expect.stringMatching(/^(42501|23...)$/),
        });
      }
    }
  });

  const refused = (error: { code?: string }) => {
    // A row that others refer to stays for that reason.
    if (error.code === '42501' || error.code === '23503') return '42501';
    throw error;
  };

  it('keeps the log as it is written', async () => {
    for (const sql of ['DELETE FROM assurance_entry', "UPDATE assurance_entry SET actor = 'x'"]) {
      const written = under(first().path, (query) => query(sql));
      await expect(written).rejects.toMatchObject({ code: '42501' });
    }
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
