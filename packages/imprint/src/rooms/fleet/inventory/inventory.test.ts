import { createHash } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { inventoryText, messageTypes, protocolVersion } from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodReport, testDevice } from '../../../../test/support/test-device.ts';
import { type TestServer, testServer } from '../../../../test/support/test-server.ts';
import type { OpenDatabase } from '../../../platform/database/index.ts';
import { withClient } from '../../../platform/database/provision.ts';
import type { Tables } from '../context.ts';
import { purgeInventories } from './jobs.ts';

let server: TestServer;
let database: OpenDatabase<Tables>;
let root: string;
beforeAll(async () => {
  server = await testServer({ IMPRINT_SMALL_CELL: '3' });
  database = server.database.open();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(async () => {
  await database.close();
  await server.close();
});

async function newAgency(parentId = root) {
  const name = { en: 'An agency', 'zh-CN': '某机构' };
  const agency = (await server.post('/v1/agencies', { parentId, kind: 'agency', name })).body;
  const wanted = { agencyId: agency.id, label: 'fleet', scopes: ['fleet:read', 'fleet:write'] };
  const token: string = (await server.post('/v1/tokens', wanted)).body.secret;
  return { id: agency.id as string, token };
}

const sha256Of = (packages: readonly string[]) =>
  createHash('sha256')
    .update(inventoryText({ packages: [...packages] }))
    .digest('hex');

async function newDevice(token: string) {
  const device = testDevice();
  const enrol = async (by: string) => {
    const { secret } = (await server.post('/v1/enrolment-tokens', {}, by)).body;
    await server.post('/v1/enrol', { message: device.enrolment(secret, server.clock.now()) }, '');
  };
  await enrol(token);
  let counter = 0;
  const messageOf = (packages: readonly string[], changes: object = {}) => {
    const content = brotliCompressSync(inventoryText({ packages: [...packages] })).toString('base64url');
    const payload = { protocol: protocolVersion, deviceId: device.id, sha256: sha256Of(packages), content };
    return signJws(
      { typ: messageTypes.inventory, kid: device.id },
      { ...payload, ...changes },
      device.signer,
    );
  };
  return {
    id: device.id,
    enrol,
    messageOf,
    checkIn: async (packages?: readonly string[]) => {
      counter += 1;
      const now = server.clock.now();
      const named = packages === undefined ? {} : { inventorySha256: sha256Of(packages) };
      const message = device.checkIn(counter, now, { report: { ...goodReport(now), ...named } });
      return (await server.post('/v1/check-in', { message }, '')).body;
    },
    bring: (packages: readonly string[], changes: object = {}) =>
      server.post('/v1/inventory', { message: messageOf(packages, changes) }, ''),
  };
}

const asOwner = <R>(work: (client: pg.Client) => Promise<R>) => withClient(server.database.superuser, work);
const sets = () =>
  asOwner(async (client) => (await client.query('SELECT sha256 FROM fleet_inventory')).rows.length);
const holders = async (token: string, name: string, below?: string) =>
  (await server.get(`/v1/inventory/packages/${name}${below === undefined ? '' : `?below=${below}`}`, token))
    .body;

const old = ['bash 5.2.15-2+b2 amd64', 'openssl 3.0.15-1~deb12u1 amd64'];
const patched = ['bash 5.2.15-2+b2 amd64', 'openssl 3.0.17-1~deb12u2 amd64'];

describe('an inventory', () => {
  it('is asked for once and stored once, whatever number of devices have it', async () => {
    const { token } = await newAgency();
    const before = await sets();
    const devices = await Promise.all(Array.from({ length: 50 }, () => newDevice(token)));
    const [first] = devices;
    expect(await first?.checkIn(old)).toMatchObject({ wantsInventory: true });
    expect(await first?.bring(old)).toMatchObject({ status: 200, body: { stored: true } });
    const answers = await Promise.all(devices.map((device) => device.checkIn(old)));
    expect(answers.filter(({ wantsInventory }) => wantsInventory)).toEqual([]);
    expect(await sets()).toBe(before + 1);
    expect((await holders(token, 'openssl')).own).toMatchObject({ devices: 50, unknown: 0 });
  });

  it('goes on being asked for until it is there, and is not asked for by devices that name none', async () => {
    const { token } = await newAgency();
    const device = await newDevice(token);
    const packages = ['curl 7.88.1-10+deb12u8 amd64'];
    for (let round = 0; round < 2; round += 1) {
      expect(await device.checkIn(packages)).toMatchObject({ wantsInventory: true });
    }
    expect((await holders(token, 'curl')).own).toMatchObject({ devices: 0, unknown: 1 });
    expect(await device.checkIn()).not.toHaveProperty('wantsInventory');
    expect(await device.bring(packages)).toMatchObject({
      status: 409,
      body: { code: 'FLEET_INVENTORY_NOT_ASKED' },
    });
  });

  it('is asked for of another device only after a while, however often those come that have the same one', async () => {
    const { token } = await newAgency();
    const devices = await Promise.all(Array.from({ length: 5 }, () => newDevice(token)));
    const packages = ['dash 0.5.12-2 amd64'];
    const asked = async () => {
      let count = 0;
      for (const device of devices) count += Number((await device.checkIn(packages)).wantsInventory === true);
      return count;
    };
    expect([await asked(), await asked()]).toEqual([1, 1]);
    server.clock.advance(601);
    expect(await asked()).toBe(1);
  });

  it('that nobody has any more is asked for again of the first that has it anew', async () => {
    const { token } = await newAgency();
    const device = await newDevice(token);
    const packages = ['ksh 1.0.4-3 amd64'];
    await device.checkIn(packages);
    await device.bring(packages);
    await device.checkIn(packages);
    await device.checkIn();
    await purgeInventories({ database });
    expect(await device.checkIn(packages)).toMatchObject({ wantsInventory: true });
  });

  it('brought again changes nothing', async () => {
    const { token } = await newAgency();
    const device = await newDevice(token);
    await device.checkIn(patched);
    await device.bring(patched);
    const before = await sets();
    expect(await device.bring(patched)).toMatchObject({ status: 200, body: { stored: false } });
    expect(await sets()).toBe(before);
  });

  it.each([
    [
      'of other bytes than its digest says',
      { content: brotliCompressSync('bash 1 amd64\n').toString('base64url') },
    ],
    ['that does not unpack', { content: 'AAAA' }],
    [
      'that unpacks to more than it may',
      { content: brotliCompressSync(Buffer.alloc(17 * 1024 * 1024, 'a')).toString('base64url') },
    ],
  ])('%s is refused and not stored', async (name, changes) => {
    const { token } = await newAgency();
    const device = await newDevice(token);
    const packages = [`zsh 5.9-4+b${name.length} amd64`];
    await device.checkIn(packages);
    expect(await device.bring(packages, changes)).toMatchObject({
      status: 422,
      body: { code: 'FLEET_INVENTORY_MALFORMED' },
    });
    expect(await device.checkIn(packages)).toMatchObject({ wantsInventory: true });
  });

  it('is believed of the device whose key signed it only', async () => {
    const { token } = await newAgency();
    const [device, other] = [await newDevice(token), await newDevice(token)];
    await device.checkIn(['vim 9.0.1378-2 amd64']);
    await other.checkIn();
    const borrowed = other.messageOf(['vim 9.0.1378-2 amd64'], { deviceId: device.id });
    expect((await server.post('/v1/inventory', { message: borrowed }, '')).body.code).toBe(
      'FLEET_MESSAGE_MALFORMED',
    );
    const unknown = testDevice();
    const message = signJws({ typ: messageTypes.inventory, kid: unknown.id }, {}, unknown.signer);
    expect((await server.post('/v1/inventory', { message }, '')).body.code).toBe('FLEET_DEVICE_UNKNOWN');
    const asCheckIn = signJws({ typ: messageTypes.checkIn, kid: device.id }, {}, unknown.signer);
    expect((await server.post('/v1/inventory', { message: asCheckIn }, '')).status).toBeGreaterThanOrEqual(
      400,
    );
  });
});

describe('who has a package', () => {
  it('below a version is told as devices of the own agency, and below it as steps', async () => {
    const above = await newAgency();
    const [one, two] = [await newAgency(above.id), await newAgency(above.id)];
    const bring = async (token: string, packages: readonly string[], count: number) => {
      for (let number = 0; number < count; number += 1) {
        const device = await newDevice(token);
        await device.checkIn(packages);
        await device.bring(packages);
      }
    };
    await bring(one.token, old, 4);
    await bring(one.token, patched, 2);
    await bring(two.token, old, 2);
    await bring(above.token, old, 1);

    const own = (await holders(one.token, 'openssl', '3.0.17-1~deb12u1')).own;
    expect(own).toMatchObject({ devices: 4, unknown: 0 });
    expect(own.holders).toHaveLength(4);
    expect(own.holders[0].versions).toEqual([{ version: '3.0.15-1~deb12u1', architecture: 'amd64' }]);

    const seen = await holders(above.token, 'openssl', '3.0.17-1~deb12u1');
    expect(seen.own).toMatchObject({ devices: 1, holders: [{ hostname: 'desk-1' }] });
    expect(seen.belowOwn).toEqual({
      devicesAtLeast: 3,
      unknownAtLeast: 0,
      agencies: [{ agencyId: one.id, devicesAtLeast: 3 }],
    });
    expect((await holders(above.token, 'no-such-package')).own).toMatchObject({ devices: 0, holders: [] });
  });

  it('follows a device to its new agency, and says nothing of what others have', async () => {
    const [from, to] = [await newAgency(), await newAgency()];
    const device = await newDevice(from.token);
    const packages = ['nano 7.2-1+deb12u1 amd64'];
    await device.checkIn(packages);
    await device.bring(packages);
    expect((await holders(to.token, 'nano')).own).toMatchObject({ devices: 0, holders: [] });
    await device.enrol(to.token);
    expect((await holders(from.token, 'nano')).own).toMatchObject({ devices: 0, holders: [] });
    expect((await holders(to.token, 'nano')).own).toMatchObject({ devices: 1 });
  });
});

it('sets that nobody has any more are forgotten, with the packages only they had', async () => {
  const { token } = await newAgency();
  const device = await newDevice(token);
  const packages = ['gone 1.0 all', 'openssl 3.0.15-1~deb12u1 amd64'];
  await device.checkIn(packages);
  await device.bring(packages);
  await device.checkIn(old);
  await device.bring(old);
  await purgeInventories({ database });
  const left = await asOwner(async (client) => ({
    set: (await client.query('SELECT FROM fleet_inventory WHERE sha256 = $1', [sha256Of(packages)])).rowCount,
    packages: (
      await client.query("SELECT name FROM fleet_package WHERE name IN ('gone', 'openssl') ORDER BY 1")
    ).rows.map(({ name }) => name),
    counts: (await client.query('SELECT FROM fleet_inventory_count WHERE devices = 0')).rowCount,
  }));
  expect(left.set).toBe(0);
  expect(left.packages).not.toContain('gone');
  expect(left.packages).toContain('openssl');
  expect(left.counts).toBe(0);
  expect((await holders(token, 'openssl')).own).toMatchObject({ devices: 1 });
});
