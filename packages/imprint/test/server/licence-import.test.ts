import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { scopes } from '../../src/platform/http/access.ts';
import { type Answer, ask, type TestServer, testServer } from '../support/test-server.ts';

const header = 'code,parent,kind,sector,name_en,name_zh,agreement,class,floor,ceiling';
const day = 86_400_000;

let server: TestServer;
let root: string;
beforeAll(async () => {
  server = await testServer();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(() => server.close());

function send(
  bytes: Uint8Array | string,
  options: { token?: string; dryRun?: boolean } = {},
): Promise<Answer> {
  const body = { file: Buffer.from(bytes).toString('base64'), name: 'seats.csv' };
  const query = options.dryRun === true ? '?dryRun=true' : '';
  return server.post(`/v1/licence-imports${query}`, body, options.token ?? server.operatorToken);
}

const sheet = (...rows: string[]) => [header, ...rows, ''].join('\r\n');

/** A ministry with an agreement for 100 desktops; returns the entitlement's id. */
async function licensed(
  code: string,
  seats = 100,
): Promise<{ agency: string; entitlement: string; number: string }> {
  const wanted = {
    parentId: root,
    kind: 'ministry',
    code,
    sector: 'energy',
    name: { en: code, 'zh-CN': code },
  };
  const agency = (await server.post('/v1/agencies', wanted)).body;
  const now = server.clock.now().getTime();
  const agreement = await server.post('/v1/agreements', {
    agencyId: agency.id,
    number: `LA-${code}`,
    licensor: 'Operator',
    sector: 'energy',
    edition: 'gov-base',
    startsAt: new Date(now - day).toISOString(),
    endsAt: new Date(now + 700 * day).toISOString(),
    documentSha256: 'a'.repeat(64),
  });
  const entitlement = await server.post('/v1/entitlements', {
    agreementId: agreement.body.id,
    deviceClass: 'desktop',
    seats,
  });
  expect(entitlement.status).toBe(201);
  return { agency: agency.id, entitlement: entitlement.body.id, number: agreement.body.number };
}

const tables = [
  'organisation_agency',
  'licensing_agreement',
  'licensing_entitlement',
  'licensing_allocation',
  'licensing_activation',
  'platform_outbox',
  'assurance_entry',
  'assurance_head',
];

/** Everything an import could have changed, as the database's owner sees it. */
function dump(): Promise<string[]> {
  return withClient(server.database.superuser, async (client) => {
    const found: string[] = [];
    for (const table of tables) {
      // What is delivered meanwhile changes how far a message has come, not the message.
      const what = table === 'platform_outbox' ? 'id || payload' : `${table}::text`;
      const { rows } = await client.query(`SELECT ${what} AS row FROM ${table} ORDER BY 1`);
      found.push(...rows.map(({ row }) => `${table} ${row}`));
    }
    return found;
  });
}

/** Nodes whose figures do not follow from those below them: none, unless the arithmetic is wrong. */
function wrongNodes(): Promise<number> {
  return withClient(server.database.superuser, async (client) => {
    const { rows } = await client.query(`
      SELECT count(*)::integer AS wrong FROM licensing_allocation node WHERE taken <> own + (
        SELECT coalesce(sum(greatest(floor, taken)), 0) FROM licensing_allocation child WHERE child.parent_id = node.id)
      OR own <> (SELECT count(*) FROM licensing_activation WHERE allocation_id = node.id AND state = 'active')`);
    return rows[0].wrong;
  });
}

/** A device of an agency that holds a seat of an entitlement, counted at the licensee. */
function seatDevice(entitlement: string, code: string, device: string): Promise<void> {
  return withClient(server.database.superuser, async (client) => {
    await client.query(
      `INSERT INTO licensing_activation (id, entitlement_id, allocation_id, agency_path, device_id, state, seat, origin,
         generation, nonce, facts, activated_at, renewed_at, requested_at, renew_at, lease_ends_at)
       SELECT $3, $1, root.id, agency.path, $4, 'active', 'regular', 'online', 1, 'n', '{}', now(), now(), now(), now(), now()
       FROM licensing_allocation root, organisation_agency agency
       WHERE root.entitlement_id = $1 AND root.parent_id IS NULL AND agency.code = $2`,
      [entitlement, code, device.slice(0, 26), device],
    );
    await client.query(
      'UPDATE licensing_allocation SET own = own + 1, taken = taken + 1 WHERE entitlement_id = $1 AND parent_id IS NULL',
      [entitlement],
    );
  });
}

async function seatsOf(entitlement: string): Promise<Record<string, string>> {
  const { body } = await server.get(`/v1/allocations?entitlementId=${entitlement}&limit=200`);
  const agencies = (await server.get('/v1/agencies?limit=200')).body.agencies;
  const codes = new Map(agencies.map(({ id, code }: { id: string; code: string }) => [id, code]));
  return Object.fromEntries(
    body.allocations.map((one: { agencyId: string; floor: number; ceiling: number; taken: number }) => [
      codes.get(one.agencyId),
      `${one.floor}–${one.ceiling} taken ${one.taken}`,
    ]),
  );
}

describe('an import of agencies and seats', () => {
  it('adds agencies and seats at once; the same file again changes nothing, a changed row only its seats', async () => {
    const { entitlement, number } = await licensed('EN');
    const rows = [
      'EN-S1,EN-A,site,,Site,站点,,,,',
      `EN-A,EN,agency,,Agency,机构,${number},desktop,20,60`,
      `EN-B,EN,机构,能源,Other,其他机构,${number},台式机,,40`,
    ];
    const rehearsed = await send(sheet(...rows), { dryRun: true });
    const before = await dump();
    const first = await send(sheet(...rows));
    expect(first).toMatchObject({
      status: 200,
      body: {
        encoding: 'utf-8',
        rows: 3,
        agencies: { new: 3, unchanged: 0 },
        seats: { new: 2, changed: 0, unchanged: 0 },
      },
    });
    expect(rehearsed.body).toEqual(first.body);
    const after = await dump();
    expect(after.length).toBeGreaterThan(before.length);
    expect(await seatsOf(entitlement)).toEqual({
      EN: '0–100 taken 20',
      'EN-A': '20–60 taken 0',
      'EN-B': '0–40 taken 0',
    });

    const again = await send(sheet(...rows));
    expect(again.body).toMatchObject({
      agencies: { new: 0, unchanged: 3 },
      seats: { new: 0, changed: 0, unchanged: 2 },
    });
    expect(await dump()).toEqual(after);

    const changed = await send(sheet(...rows).replace('台式机,,40', '台式机,30,40'));
    expect(changed.body).toMatchObject({ seats: { new: 0, changed: 1, unchanged: 1 } });
    const lost = after.filter((row) => row.startsWith('licensing_allocation'));
    const now = (await dump()).filter((row) => row.startsWith('licensing_allocation'));
    // The row itself, and what is taken of its parent.
    expect(lost.filter((row) => !now.includes(row))).toHaveLength(2);
    expect((await server.get('/v1/entries/verification')).body.intact).toBe(true);
    expect(await wrongNodes()).toBe(0);
  });

  it.each([
    ['UTF-8 with a mark', 'UTF-8', [0xef, 0xbb, 0xbf], 'utf-8'],
    ['UTF-16 of a spreadsheet', 'UTF-16LE', [0xff, 0xfe], 'utf-16le'],
    ['UTF-16, big end first', 'UTF-16BE', [0xfe, 0xff], 'utf-16be'],
    ['GB 18030', 'GB18030', [], 'gb18030'],
  ])('reads %s', async (_, encoding, mark, read) => {
    const code = `E-${encoding}`.toUpperCase();
    const text = `机构代码,上级代码,类型,行业,英文名称,中文名称,备注\r\n${code},,部委,政府,Office,龘𠮷㐂办公室,"多行\r\n备注"\r\n`;
    const bytes = execFileSync('iconv', ['-f', 'UTF-8', '-t', encoding], { input: text });
    const answer = await send(Buffer.concat([Buffer.from(mark), bytes]));
    expect(answer.body).toMatchObject({ encoding: read, agencies: { new: 1 } });
    const { agencies } = (await server.get('/v1/agencies?limit=200')).body;
    expect(agencies.find((agency: { code: string }) => agency.code === code)).toMatchObject({
      parentId: root,
      name: { 'zh-CN': '龘𠮷㐂办公室' },
    });
  });

  it('seats given back and taken in one file need no order', async () => {
    const { entitlement, number } = await licensed('ORD', 50);
    const row = (code: string, floor: number) =>
      `${code},ORD,agency,,${code},甲,${number},desktop,${floor},50`;
    await send(sheet(row('ORD-A', 0), row('ORD-B', 50)));
    const swapped = await send(sheet(row('ORD-A', 50), row('ORD-B', 0)));
    expect(swapped.status).toBe(200);
    expect(await seatsOf(entitlement)).toMatchObject({ ORD: '0–50 taken 50', 'ORD-A': '50–50 taken 0' });
  });

  it('gives an agency between two others its place in the tree', async () => {
    const { entitlement, number } = await licensed('MID');
    const agencies = ['MID-A,MID,agency,,A,甲', 'MID-S,MID-A,site,,S,站'];
    await send(sheet(`${agencies[0]},,,,`, `${agencies[1]},${number},desktop,10,20`));
    const answer = await send(sheet(`${agencies[0]},${number},desktop,5,30`));
    expect(answer.body).toMatchObject({ seats: { new: 1 } });
    expect(await seatsOf(entitlement)).toEqual({
      MID: '0–100 taken 10',
      'MID-A': '5–30 taken 10',
      'MID-S': '10–20 taken 0',
    });
  });
});

it('seats that devices hold go with them to the agency that gets its own', async () => {
  const { entitlement, number } = await licensed('DEV');
  const agencies = ['DEV-A,DEV,agency,,A,甲', 'DEV-S,DEV-A,site,,S,站', 'DEV-B,DEV,agency,,B,乙'];
  await send(sheet(...agencies.map((agency) => `${agency},,,,`)));
  for (const [index, code] of ['DEV-A', 'DEV-S', 'DEV-S', 'DEV-B'].entries()) {
    await seatDevice(entitlement, code, `${index}`.repeat(43));
  }
  const seats = sheet(`${agencies[0]},${number},desktop,1,4`, `${agencies[1]},${number},desktop,3,3`);
  expect((await send(seats)).status).toBe(200);
  expect(await seatsOf(entitlement)).toEqual({
    DEV: '0–100 taken 5',
    'DEV-A': '1–4 taken 4',
    'DEV-S': '3–3 taken 2',
  });
  expect(await wrongNodes()).toBe(0);
  const few = await send(
    sheet(`${agencies[1]},${number},desktop,1,1`, `${agencies[2]},${number},desktop,0,50`),
  );
  expect(few.body.errors).toMatchObject([{ code: 'LICENSING_CEILING_BELOW_TAKEN', place: { line: 2 } }]);
});

describe('a file with mistakes', () => {
  it('is refused with every mistake, its line and its code, in both languages, and nothing is changed', async () => {
    const { number } = await licensed('BAD');
    const rows = [
      `BAD-A,BAD,agency,,A,甲,${number},desktop,9,2`,
      'BAD-B,NOBODY,agency,,B,乙,,,,',
      'BAD-C,BAD-D,agency,,C,丙,,,,',
      'BAD-D,BAD-C,agency,,D,丁,,,,',
      '"BAD-E",BAD,agency,,"E\r\nE",戊,,,,',
      'BAD,,ministry,,Renamed,BAD,,,,',
      `BAD-F,BAD,agency,sport,F,己,${number},desktop,0,-1`,
      `BAD-G,BAD,agency,,G,庚,LA-NONE,desktop,0,1`,
      'BAD-H,BAD,agency,,H,辛,,,,',
      'BAD-H,BAD,agency,,H,辛,,,,',
    ];
    const before = await dump();
    const answer = await send(sheet(...rows));
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'LICENSING_IMPORT_REJECTED', params: { count: 9 } });
    const found = answer.body.errors.map((error: { code: string; place: { file: string; line: number } }) => [
      error.code.slice('LICENSING_IMPORT_'.length),
      `${error.place.file}:${error.place.line}`,
    ]);
    expect(found).toEqual([
      ['BOUNDS', 'seats.csv:2'],
      ['PARENT_UNKNOWN', 'seats.csv:3'],
      ['LOOP', 'seats.csv:4'],
      ['CELL_CONTROL', 'seats.csv:6'],
      ['AGENCY_DIFFERS', 'seats.csv:8'],
      ['SECTOR', 'seats.csv:9'],
      ['SEATS', 'seats.csv:9'],
      ['AGREEMENT_UNKNOWN', 'seats.csv:10'],
      ['DUPLICATE', 'seats.csv:12'],
    ]);
    expect(await dump()).toEqual(before);
    const chinese = await ask(`${server.url}/v1/licence-imports`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.operatorToken}`,
        'content-type': 'application/json',
        'accept-language': 'zh-CN',
      },
      body: JSON.stringify({ file: Buffer.from(sheet(...rows)).toString('base64') }),
    });
    for (const error of [chinese.body, ...chinese.body.errors]) {
      expect(error.title).toMatch(/\p{Script=Han}/u);
      expect(error.hint).toMatch(/\p{Script=Han}/u);
    }
    expect(chinese.body.errors[2].title).toContain('BAD-C → BAD-D → BAD-C');
  });

  it('names every row whose seats the tree refuses, and changes nothing', async () => {
    const { number } = await licensed('TREE', 10);
    const row = (code: string, floor: number, ceiling: number) =>
      `${code},TREE,agency,,${code},甲,${number},desktop,${floor},${ceiling}`;
    const before = await dump();
    const answer = await send(sheet(row('TREE-A', 6, 6), row('TREE-B', 6, 6), row('TREE-C', 0, 11)));
    expect(
      answer.body.errors.map(({ code, place }: { code: string; place: { line: number } }) => [
        code,
        place.line,
      ]),
    ).toEqual([
      ['LICENSING_FLOOR_EXCEEDS_PARENT', 3],
      ['LICENSING_CEILING_EXCEEDS_PARENT', 4],
    ]);
    expect(await dump()).toEqual(before);
  });

  it('is refused when its bytes are of no encoding, are no base64 or are too many', async () => {
    const before = await dump();
    const garbled = await send(Buffer.from([0x41, 0xff, 0xff]));
    expect(garbled.body.errors).toMatchObject([
      { code: 'LICENSING_IMPORT_ENCODING', place: { file: 'seats.csv' } },
    ]);
    const odd = await server.post('/v1/licence-imports', { file: 'a?b=' });
    expect(odd.body).toMatchObject({ status: 422, code: 'LICENSING_IMPORT_BASE64' });
    const most = 8 * 1024 * 1024;
    expect(await send(Buffer.alloc(most + 1, 'x'))).toMatchObject({
      body: { code: 'LICENSING_IMPORT_SIZE' },
    });
    expect((await send(Buffer.alloc(2 * most, 'x'))).status).toBeGreaterThanOrEqual(400);
    expect(await dump()).toEqual(before);
  });

  it('is refused where a code is taken by an agency the asker does not see', async () => {
    const first = await licensed('OWN-1');
    await send(sheet('SHARED,OWN-1,agency,,S,甲,,,,'));
    const second = await licensed('OWN-2');
    const issued = await server.post('/v1/tokens', {
      agencyId: second.agency,
      label: 'x',
      scopes: [...scopes],
    });
    const token: string = issued.body.secret;
    const before = await dump();
    const taken = await send(sheet('NEW,,agency,,N,乙,,,,', 'SHARED,,agency,,S,甲,,,,'), { token });
    expect(taken.body.errors).toMatchObject([{ code: 'ORGANISATION_AGENCY_CODE_TAKEN', place: { line: 3 } }]);
    const foreign = await send(
      sheet('X1,OWN-1,agency,,X,甲,,,,', `X2,,agency,,X,甲,${first.number},desktop,0,1`),
      { token },
    );
    expect(foreign.body.errors.map(({ code }: { code: string }) => code)).toEqual([
      'LICENSING_IMPORT_PARENT_UNKNOWN',
      'LICENSING_IMPORT_AGREEMENT_UNKNOWN',
    ]);
    const own = await send(sheet(`OWN-2,,ministry,energy,OWN-2,OWN-2,${second.number},desktop,0,50`), {
      token,
    });
    expect(own.body.errors).toMatchObject([{ code: 'LICENSING_OWN_ALLOCATION', place: { line: 2 } }]);
    expect(await dump()).toEqual(before);
  });

  it('needs the right to change agencies as well as licences', async () => {
    for (const held of ['licensing:write', 'organisation:write']) {
      const issued = await server.post('/v1/tokens', { agencyId: root, label: 'x', scopes: [held] });
      const answer = await send(sheet('Z,,ministry,,Z,子,,,,'), { token: issued.body.secret });
      expect(answer).toMatchObject({ status: 403, body: { code: 'ORGANISATION_SCOPE_MISSING' } });
    }
  });
});

it('imports ten thousand rows, and the same again', async () => {
  const { number } = await licensed('BIG', 20_000);
  const rows = Array.from({ length: 10_000 }, (_, index) => {
    const parent = index < 100 ? 'BIG' : `BIG-${index % 100}`;
    const kind = index < 100 ? 'agency' : 'site';
    return `BIG-${index},${parent},${kind},,Site ${index},站点 ${index},${number},desktop,${index < 100 ? 0 : 1},${index < 100 ? 150 : 2}`;
  });
  const start = performance.now();
  const first = await send(sheet(...rows));
  const middle = performance.now();
  const again = await send(sheet(...rows));
  const end = performance.now();
  console.info(
    `10 000 rows: ${Math.round(middle - start)} ms to add, ${Math.round(end - middle)} ms to find unchanged`,
  );
  expect(first.body).toMatchObject({ agencies: { new: 10_000 }, seats: { new: 10_000 } });
  expect(again.body).toMatchObject({ agencies: { unchanged: 10_000 }, seats: { unchanged: 10_000 } });
}, 120_000);
