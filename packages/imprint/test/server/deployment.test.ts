import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialDigest } from '@imprint/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { classify } from '../../src/server/content-file.ts';
import { runProcess } from '../support/imprint-process.ts';
import { testDevice } from '../support/test-device.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
const agencies: Record<string, string> = {};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const list = (text: string, extra: object = {}, query = '') =>
  server.post(`/v1/preregistrations${query}`, { file: base64(text), ...extra });
const header = 'serial,asset_tag,agency,class\n';

async function tokenFor(agency: string, changes: object = {}): Promise<string> {
  const body = { agencyId: agencies[agency], mostDevices: 10, ...changes };
  const { status, body: issued } = await server.post('/v1/deployment-tokens', body);
  expect(status).toBe(201);
  return issued.secret;
}

async function enrol(token: string, serial: string | undefined, device = testDevice()) {
  const changes = serial === undefined ? {} : { serialSha256: serialDigest(serial) };
  const message = device.enrolment(token, server.clock.now(), changes);
  return { device, answer: await server.post('/v1/enrol', { message }, '') };
}

/** Path of the agency that a device is seen in: whose list of devices names it when asked with the operator's eyes. */
async function agencyOf(id: string): Promise<string | undefined> {
  const { rows } = await withClient(server.database.superuser, (client) =>
    client.query<{ agency_path: string }>('SELECT agency_path FROM fleet_device WHERE id = $1', [id]),
  );
  return Object.keys(agencies).find((code) => rows[0]?.agency_path.endsWith(`/${agencies[code]}/`));
}

beforeAll(async () => {
  server = await testServer();
  const { body } = await server.get('/v1/agencies');
  const nation = body.agencies[0].id;
  for (const [code, parent] of [
    ['NORTH', nation],
    ['SOUTH', nation],
    ['NORTH-1', 'NORTH'],
  ] as const) {
    const made = await server.post('/v1/agencies', {
      parentId: agencies[parent] ?? parent,
      kind: code === 'NORTH-1' ? 'site' : 'agency',
      code,
      name: { en: code, 'zh-CN': code },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    agencies[code] = made.body.id;
  }
});
afterAll(() => server.close());

describe('a list of machines', () => {
  it('is kept whole, and the same list again changes nothing', async () => {
    const rows = `${header}SN-100,TAG-1,NORTH-1,desktop\nSN-101,TAG-2,NORTH,\n`;
    const dry = await list(rows, {}, '?dryRun=true');
    expect(dry.body).toEqual({ new: 2, changed: 0, unchanged: 0 });
    expect((await list(rows)).body).toEqual({ new: 2, changed: 0, unchanged: 0 });
    expect((await list(rows)).body).toEqual({ new: 0, changed: 0, unchanged: 2 });
    const { body } = await server.get('/v1/preregistrations');
    expect(body.machines.map(({ assetTag }: { assetTag: string }) => assetTag).sort()).toEqual([
      'TAG-1',
      'TAG-2',
    ]);
    expect(JSON.stringify(body)).not.toContain('SN-100');
  });

  it('brought twice at once is kept once', async () => {
    const rows = `${header}${Array.from({ length: 200 }, (_, at) => `SN-8${at},TAG-8${at},NORTH,`).join('\n')}\n`;
    const answers = await Promise.all([list(rows), list(rows), list(rows)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ body }) => body.new).sort()).toEqual([0, 0, 200]);
    const moved = await list(rows.replaceAll(',NORTH,', ',SOUTH,'));
    expect(moved.body).toEqual({ new: 0, changed: 200, unchanged: 0 });
  });

  it('in GB 18030 with Chinese headings is read', async () => {
    // 序列号,资产编号,机构代码 \n SN-200,桌-7,SOUTH
    const bytes = Buffer.concat([
      Buffer.from('d0f2c1d0bac52cd7cab2fab1e0bac52cbbfab9b9b4fac2eb0a', 'hex'),
      Buffer.from('SN-200,', 'latin1'),
      Buffer.from('d7c0', 'hex'),
      Buffer.from('-7,SOUTH\n', 'latin1'),
    ]);
    const answer = await server.post('/v1/preregistrations', { file: bytes.toString('base64') });
    expect(answer.body).toEqual({ new: 1, changed: 0, unchanged: 0 });
  });

  it('with mistakes names every one by its line, and nothing is kept', async () => {
    const answer = await list(`${header}SN-300,T-1,NORTH,\nx,T-2,NORTH,\nSN-300,T-1,NOWHERE,tablet\n`);
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('FLEET_LIST_REJECTED');
    const found = answer.body.errors.map((one: { code: string; place?: { line?: number } }) => [
      one.code,
      one.place?.line,
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['FLEET_LIST_SERIAL', 3],
        ['FLEET_LIST_REPEATED', 4],
        ['FLEET_LIST_CLASS', 4],
        ['FLEET_LIST_AGENCY', 4],
      ]),
    );
    expect((await list(`${header}SN-300,T-1,NORTH,\n`)).body).toMatchObject({ new: 1 });
  });

  it.each([
    ['', 'FLEET_LIST_ROWS'],
    ['serial,agency\nSN-1,NORTH\n', 'FLEET_LIST_COLUMN'],
    [`${header}"SN-1,T,NORTH\n`, 'FLEET_LIST_QUOTES'],
  ])('that is none (%j) is refused', async (text, code) => {
    const answer = await list(text);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].code).toBe(code);
  });
});

describe('a device with a deployment token', () => {
  it('comes into the agency its serial number is listed for, however it is written, and is counted once', async () => {
    await list(`${header}SN-400,TAG-400,NORTH-1,laptop\n`);
    const token = await tokenFor('NORTH');
    const { device, answer } = await enrol(token, ' sn-400 ');
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect((await enrol(token, 'SN-400', device)).answer.status).toBe(200);
    expect(await agencyOf(device.id)).toBe('NORTH-1');
    const { body } = await server.get('/v1/preregistrations?limit=200');
    expect(body.machines.find(({ assetTag }: { assetTag: string }) => assetTag === 'TAG-400')).toMatchObject({
      deviceId: device.id,
    });
    const tokens = await server.get('/v1/deployment-tokens');
    expect(tokens.body.tokens.at(-1)).toMatchObject({ devices: 1 });
  });

  it('that is on no list, or on another agency’s, is refused', async () => {
    await list(`${header}SN-500,TAG-500,SOUTH,\n`);
    const token = await tokenFor('NORTH');
    for (const serial of [undefined, 'SN-999', 'SN-500']) {
      const { device, answer } = await enrol(token, serial);
      expect(answer.status).toBe(403);
      expect(answer.body.code).toBe('FLEET_DEPLOYMENT_SERIAL_UNKNOWN');
      expect(await agencyOf(device.id)).toBeUndefined();
    }
  });

  it('is held where the token says so, until a person places it', async () => {
    const token = await tokenFor('NORTH', { unknownSerials: 'hold' });
    const { device, answer } = await enrol(token, 'SN-600');
    expect(answer.status).toBe(200);
    expect(await agencyOf(device.id)).toBe('NORTH');
    const held = await server.get('/v1/held-devices');
    expect(held.body.devices.map(({ deviceId }: { deviceId: string }) => deviceId)).toEqual([device.id]);
    const placed = await server.post(`/v1/held-devices/${device.id}/place`, {
      agencyId: agencies['NORTH-1'],
    });
    expect(placed.status).toBe(204);
    expect(await agencyOf(device.id)).toBe('NORTH-1');
    expect((await server.get('/v1/held-devices')).body.devices).toEqual([]);
  });

  it('that is set up anew with another edition stays where it is, counted once, and is one of that edition', async () => {
    await list(`${header}SN-480,TAG-480,SOUTH,\n`);
    const token = await tokenFor('SOUTH', { mostDevices: 1 });
    const { device } = await enrol(token, 'SN-480');
    const changes = { serialSha256: serialDigest('SN-480'), edition: 'kiosk' };
    const message = device.enrolment(token, server.clock.now(), changes);
    expect((await server.post('/v1/enrol', { message }, '')).status).toBe(200);
    expect(await agencyOf(device.id)).toBe('SOUTH');
    expect((await server.get(`/v1/devices/${device.id}`)).body).toMatchObject({ edition: 'kiosk' });
  });

  it('is no second one of its number, unless its row was released', async () => {
    const row = `${header}SN-700,TAG-700,NORTH,\n`;
    await list(row);
    const token = await tokenFor('NORTH');
    expect((await enrol(token, 'SN-700')).answer.status).toBe(200);
    expect((await enrol(token, 'SN-700')).answer.body.code).toBe('FLEET_DEPLOYMENT_SERIAL_TAKEN');
    expect((await list(row, { again: true })).body).toMatchObject({ changed: 1 });
    expect((await enrol(token, 'SN-700')).answer.status).toBe(200);
  });

  it('is one too many, too late, or brings a token that was ended: refused', async () => {
    const hold = { unknownSerials: 'hold' };
    const single = await tokenFor('NORTH', { ...hold, mostDevices: 1 });
    const all = await Promise.all([
      enrol(single, undefined),
      enrol(single, undefined),
      enrol(single, undefined),
    ]);
    expect(all.map(({ answer }) => answer.status).sort()).toEqual([200, 409, 409]);
    const ended = await tokenFor('NORTH', hold);
    expect((await server.post(`/v1/deployment-tokens/${ended.split('_')[1]}/revoke`, undefined)).status).toBe(
      204,
    );
    expect((await enrol(ended, undefined)).answer.body.code).toBe('FLEET_ENROLMENT_TOKEN_EXPIRED');
    const short = await tokenFor('NORTH', { ...hold, validSeconds: 60 });
    server.clock.advance(61);
    expect((await enrol(short, undefined)).answer.body.code).toBe('FLEET_ENROLMENT_TOKEN_EXPIRED');
    const forged = `${short.slice(0, -1)}${short.endsWith('A') ? 'B' : 'A'}`;
    expect((await enrol(forged, undefined)).answer.body.code).toBe('FLEET_ENROLMENT_TOKEN_UNKNOWN');
  });
});

describe('the command line', () => {
  it('lists machines and issues a token', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'imprint-list-'));
    const env = { IMPRINT_TOKEN: server.operatorToken };
    const imprint = (...args: string[]) => runProcess('imprint', [...args, '--server', server.url], { env });
    try {
      const file = join(directory, 'list.csv');
      await writeFile(file, `${header}SN-800,TAG-800,NORTH,\n`);
      const dry = await imprint('deploy', 'preregister', file, '--dry-run');
      expect(JSON.parse(dry.stdout)).toEqual({ new: 1, changed: 0, unchanged: 0 });
      const done = await imprint('deploy', 'preregister', file);
      expect(JSON.parse(done.stdout)).toEqual({ new: 1, changed: 0, unchanged: 0 });
      const issued = await imprint('deploy', 'token', '--devices', '2', '--agency', 'NORTH');
      expect(JSON.parse(issued.stdout).secret).toMatch(/^dep_/);
      await writeFile(file, 'serial\nx\n');
      const refused = await imprint('deploy', 'preregister', file);
      expect([refused.code, JSON.parse(refused.stdout).code]).toEqual([2, 'FLEET_LIST_REJECTED']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

it.each([
  ['deploy/gov-base/stable/boot.ipxe', 'short'],
  ['deploy/gov-base/stable/initrd', 'short'],
  ['deploy/gov-base/stable/passwd', undefined],
  ['deploy/gov-base/../boot.ipxe', undefined],
])('the server hands out what machines start from, and nothing beside it: %s', (path, freshness) => {
  expect(classify(path)?.freshness).toBe(freshness);
});
