import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceReport } from '@imprint/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCycle } from '../cycle/run.ts';
import { loadDeviceKey } from '../message/key.ts';
import { type Fault, faultyFiles, type TestDevice, testDevice } from '../testing/device.ts';
import { type LeaseDesk, openDesk } from '../testing/lease-desk.ts';
import {
  after,
  type Ceremony,
  holdCeremony,
  pinRoot,
  publish,
  rotateLicenceKey,
} from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { noteStop } from './clock.ts';
import { readLicence } from './read.ts';
import { leaseRecord, licenceClockRecord, requestRecord } from './records.ts';
import { openRequest } from './request.ts';

const now = new Date('2026-11-23T06:00:00Z');
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;
let desk: LeaseDesk;

beforeAll(() => {
  ceremony = holdCeremony(now, 'intl', { isLicensed: true });
});
beforeEach(async () => {
  server = await startServer();
  device = newDevice();
  desk = openDesk(ceremony, { now: () => device.now() });
  server.desk = desk;
  server.tree = publish(ceremony, { now }).tree;
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

function newDevice(): TestDevice {
  const made = testDevice({ now, server: server.url });
  pinRoot(made, ceremony);
  made.put('/sys/class/dmi/id/board_serial', 'PF1ABC23\n');
  made.put('/proc/uptime', '100.00 1.00\n');
  made.put('/proc/sys/kernel/random/boot_id', 'boot-1\n');
  made.credentials({ 'imprint.enrol-token': 'enr_1_secret\n' });
  return made;
}

/** Lets days pass on every clock of the device, its release kept fresh. */
function pass(days: number): void {
  const next = after(device.now(), days);
  device.setNow(next);
  const uptime = Number.parseFloat(readFileSync(join(device.root, '/proc/uptime'), 'utf8'));
  device.put('/proc/uptime', `${uptime + days * 86_400} 1.00\n`);
  server.tree = publish(ceremony, {
    now: next,
    metadataVersion: 1 + Math.round((next.getTime() - now.getTime()) / 60_000),
  }).tree;
}

const refuse = (status: number, code: string, headers = {}) =>
  server.overrides.set('/v1/leases', (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ code, title: `title of ${code}`, status }));
  });
const accept = () => server.overrides.delete('/v1/leases');
const licence = async () => {
  const read = await readLicence(device);
  if (read === undefined) throw new Error('no licence key is pinned');
  return read;
};
const lastReport = () => server.checkIns.at(-1)?.report as DeviceReport;

describe('a licensed edition', () => {
  test('activates in its first cycle, by the device key, and reports what it has', async () => {
    expect((await runCycle(device)).end).toBe('directed');
    expect(desk.requests).toMatchObject([
      { generation: 0, edition: 'gov-base', deviceClass: 'desktop', facts: { board: expect.any(String) } },
    ]);
    expect(desk.requests[0]?.facts.board).not.toContain('PF1');
    const { lease } = await licence();
    expect(lease).toMatchObject({ sub: loadDeviceKey(device)?.deviceId, generation: 1 });
    expect(lastReport().licence).toEqual({
      state: 'active',
      observedAt: now.toISOString(),
      leaseEndsAt: after(now, 180).toISOString(),
      generation: 1,
    });
    expect(requestRecord.load(device.files)).toBeUndefined();
  });

  test('asks again only when its renewal is due, and gets the next generation', async () => {
    await runCycle(device);
    pass(6);
    await runCycle(device);
    expect(desk.requests).toHaveLength(1);
    pass(9);
    await runCycle(device);
    expect(desk.requests.map(({ generation }) => generation)).toEqual([0, 1]);
    expect((await licence()).lease?.generation).toBe(2);
    expect(new Set(desk.requests.map(({ nonce }) => nonce)).size).toBe(2);
  });

  test('that pins no licence key asks for nothing and says nothing', async () => {
    pinRoot(device, holdCeremony(now, 'intl'));
    await runCycle(device);
    expect(server.requests).not.toContain('/v1/leases');
    expect(server.requests).not.toContain('/content/licensing/revocations.json');
    expect(lastReport()).not.toHaveProperty('licence');
    expect(await readLicence(device)).toBeUndefined();
  });

  test('believes the licence keys of a newer root that its own led to, without a network too', async () => {
    const next = rotateLicenceKey(ceremony, now);
    server.tree = publish(next, { now }).tree;
    server.desk = openDesk(next, { now: () => now });
    await runCycle(device);
    expect((await licence()).lease?.generation).toBe(1);
    device.files.remove('tuf/root.json');
    expect(await licence()).toMatchObject({ state: 'unactivated', code: 'TRUST_LICENCE_KEY_UNPINNED' });
  });
});

describe('a lease that is not to be had', () => {
  test('keeps no report from going out, and is asked for later and later', async () => {
    refuse(409, 'LICENSING_SEATS_EXHAUSTED');
    expect((await runCycle(device)).end).toBe('directed');
    expect(lastReport().licence).toEqual({
      state: 'unactivated',
      observedAt: now.toISOString(),
      code: 'LICENSING_SEATS_EXHAUSTED',
    });
    const asked = () => server.requests.filter((path) => path === '/v1/leases').length;
    await runCycle(device);
    expect(asked()).toBe(1);
    device.setNow(new Date(now.getTime() + 30_000));
    await runCycle(device);
    expect(asked()).toBe(2);
    device.setNow(new Date(now.getTime() + 60_000));
    await runCycle(device);
    expect(asked()).toBe(2);
    accept();
    device.setNow(new Date(now.getTime() + 91_000));
    await runCycle(device);
    expect(lastReport().licence).toMatchObject({ state: 'active' });
    expect(lastReport().licence).not.toHaveProperty('code');
  });

  test('because the server is busy is asked for when the server says', async () => {
    refuse(429, 'LICENSING_TOO_MANY_REQUESTS', { 'retry-after': '600' });
    await runCycle(device);
    const { attempts } = await licence();
    expect(Date.parse(attempts?.nextAt ?? '') - now.getTime()).toBe(900_000);
    expect(lastReport().licence).not.toHaveProperty('code');
  });

  test('from a server that hangs up is asked for again with the same nonce', async () => {
    server.overrides.set('/v1/leases', (request) => request.socket.destroy());
    expect((await runCycle(device)).end).toBe('directed');
    const open = requestRecord.load(device.files);
    accept();
    device.setNow(new Date(now.getTime() + 60_000));
    await runCycle(device);
    expect(desk.requests.map(({ nonce }) => nonce)).toEqual([open?.nonce]);
  });

  test('because the clock is wrong is asked for once more with the time the server names', async () => {
    const serverTime = '2026-11-25T00:00:00.000Z';
    server.overrides.set('/v1/leases', (_request, response) => {
      accept();
      response.writeHead(409);
      response.end(
        JSON.stringify({ code: 'LICENSING_REQUEST_REPLAYED', title: 'x', params: { serverTime } }),
      );
    });
    await runCycle(device);
    expect(desk.requests).toMatchObject([{ issuedAt: serverTime, nonce: (await licence()).lease?.nonce }]);
  });

  test('of another device, another request, nobody, or with half its signatures is not taken', async () => {
    const dual = holdCeremony(now, 'dual', { isLicensed: true });
    pinRoot(device, dual);
    desk = openDesk(dual, { now: () => device.now() });
    server.desk = desk;
    server.tree = publish(dual, { now }).tree;
    const other = holdCeremony(now, 'dual', { isLicensed: true });
    const deviceId = 'A'.repeat(43);
    const answer = (lease: unknown) => {
      server.overrides.set('/v1/leases', (_request, response) => {
        response.end(JSON.stringify({ valid: true, lease, activation: 'x' }));
      });
    };
    await runCycle(device);
    const claims = (await licence()).lease;
    if (claims === undefined) throw new Error('no lease');
    leaseRecord.clear(device.files);
    const forOther = { ...claims, sub: deviceId, cnf: { jkt: deviceId } };
    for (const [lease, code] of [
      [desk.sign(forOther), 'TRUST_LEASE_WRONG_DEVICE'],
      [desk.sign(claims), 'TRUST_LEASE_NONCE'],
      [openDesk(other, { now: () => now }).sign(claims), 'TRUST_LICENCE_KEY_UNPINNED'],
      [{ token: desk.sign(claims).token }, 'TRUST_LICENCE_NATIONAL_MISSING'],
      ['nothing', 'AGENT_ANSWER_MALFORMED'],
    ] as const) {
      answer(lease);
      device.setNow(after(device.now(), 1));
      device.lines.length = 0;
      await runCycle(device);
      expect(device.lines.join('\n')).toContain(code);
      expect(leaseRecord.load(device.files)).toBeUndefined();
    }
  });
});

describe('a copied device', () => {
  beforeEach(async () => {
    await runCycle(device);
    refuse(409, 'LICENSING_DUPLICATE');
    pass(15);
  });

  test('without a token stays what it is, marked, and works on', async () => {
    device.credentials({ 'imprint.enrol-token': '' });
    const before = loadDeviceKey(device)?.deviceId;
    expect((await runCycle(device)).end).toBe('directed');
    expect(lastReport().licence).toMatchObject({ state: 'duplicate_suspect', code: 'LICENSING_DUPLICATE' });
    expect(loadDeviceKey(device)?.deviceId).toBe(before);
  });

  test('with a token that was used stays what it is', async () => {
    const before = loadDeviceKey(device)?.deviceId;
    server.overrides.set('/v1/enrol', (_request, response) => {
      response.writeHead(409);
      response.end(JSON.stringify({ code: 'FLEET_ENROLMENT_TOKEN_USED', title: 'used' }));
    });
    expect((await runCycle(device)).end).toBe('directed');
    expect(loadDeviceKey(device)?.deviceId).toBe(before);
    expect(lastReport().licence).toMatchObject({ state: 'duplicate_suspect' });
  });

  test('with a fresh token becomes a device of its own, with a lease of its own', async () => {
    const before = loadDeviceKey(device)?.deviceId;
    server.overrides.set('/v1/leases', (_request, response) => {
      accept();
      response.writeHead(409);
      response.end(JSON.stringify({ code: 'LICENSING_DUPLICATE', title: 'duplicate' }));
    });
    expect((await runCycle(device)).end).toBe('directed');
    const after = loadDeviceKey(device)?.deviceId;
    expect(after).not.toBe(before);
    expect(server.checkIns.at(-1)).toMatchObject({ deviceId: after });
    expect(desk.requests.at(-1)).toMatchObject({ generation: 0 });
    expect(lastReport().licence).toMatchObject({ state: 'active', generation: 1 });
  });
});

describe('a revocation list', () => {
  const revoke = (number: number, generation: number | undefined) => {
    const device_ = loadDeviceKey(device)?.deviceId ?? '';
    const revoked = generation === undefined ? [] : [{ device: device_, generation }];
    server.tree.set('licensing/revocations.json', desk.revocations(number, revoked));
  };
  beforeEach(() => runCycle(device));

  test('revokes the lease it names, and no later one', async () => {
    revoke(1, 1);
    refuse(403, 'LICENSING_REVOKED');
    await runCycle(device);
    expect(lastReport().licence).toMatchObject({ state: 'revoked', code: 'LICENSING_REVOKED' });
    accept();
    pass(1);
    revoke(2, 1);
    await runCycle(device);
    expect(lastReport().licence).toMatchObject({ state: 'active', generation: 2 });
  });

  test('is kept, and does not go back', async () => {
    revoke(5, 1);
    refuse(403, 'LICENSING_REVOKED');
    await runCycle(device);
    revoke(4, undefined);
    device.lines.length = 0;
    await runCycle(device);
    expect(device.lines.join()).toContain('TRUST_REVOCATIONS_ROLLBACK');
    server.tree.delete('licensing/revocations.json');
    await runCycle(device);
    expect((await licence()).state).toBe('revoked');
  });

  test('that nobody pinned signed is no list', async () => {
    const other = openDesk(holdCeremony(now, 'intl', { isLicensed: true }), { now: () => now });
    const deviceId = loadDeviceKey(device)?.deviceId ?? '';
    for (const bytes of [
      other.revocations(9, [{ device: deviceId, generation: 9 }]),
      Buffer.from('{"token":1}'),
    ]) {
      server.tree.set('licensing/revocations.json', bytes);
      expect((await runCycle(device)).end).toBe('directed');
      expect((await licence()).state).toBe('active');
    }
  });
});

describe('the licence clock', () => {
  test('stands with the newest signed time where the clock fell back, and forgives once that is set right', async () => {
    await runCycle(device);
    pass(20);
    // The operator's clock is right all the while.
    server.desk = openDesk(ceremony, { now: () => after(now, 20) });
    device.setNow(after(now, -300));
    device.put('/proc/sys/kernel/random/boot_id', 'boot-2\n');
    device.put('/proc/uptime', '60.00 1.00\n');
    expect((await runCycle(device)).end).toBe('directed');
    expect(lastReport().licence).toMatchObject({ state: 'clock_suspect' });
    device.setNow(after(now, 20));
    await runCycle(device);
    expect(lastReport().licence).toMatchObject({ state: 'active' });
  });

  test('burns no grace when a dead battery says 2099', async () => {
    await runCycle(device);
    device.setNow(new Date('2099-01-01T00:00:00Z'));
    device.put('/proc/sys/kernel/random/boot_id', 'boot-2\n');
    expect((await licence()).state).toBe('active');
  });

  test('remembers when the system stopped', async () => {
    await runCycle(device);
    const before = licenceClockRecord.load(device.files)?.licenceMs ?? 0;
    pass(2);
    await noteStop(device);
    expect(licenceClockRecord.load(device.files)?.licenceMs).toBe(before + 2 * 86_400_000);
  });
});

/** Every durable write of an activation and of a renewal, each lost and each kept but reported lost. */
const writes = ['licence/request.json', 'licence/lease.json', 'licence/clock.json', 'licence/attempts.json'];
const faults: Fault[] = ['lost', 'kept but reported lost'];
const cases = writes.flatMap((name) => faults.map((fault) => [name, fault] as const));

describe.each([
  ['an activation', 0],
  ['a renewal', 15],
])('an interrupted write of %s', (_what, days) => {
  test.each(cases)('%s, %s: one nonce until its lease is held, no lease is lost', async (name, fault) => {
    if (days > 0) await runCycle(device);
    pass(days);
    desk.requests.length = 0;
    const wanted = days === 0 ? 1 : 2;
    if (name === 'licence/attempts.json') refuse(503, 'LICENSING_BUSY');
    const faulty = { ...device, files: faultyFiles(device.files, name, fault) };
    expect((await runCycle(faulty)).end).toBe('directed');
    accept();
    pass(1);
    await runCycle(device);
    pass(1);
    await runCycle(device);
    expect(new Set(desk.requests.map(({ nonce }) => nonce)).size).toBe(1);
    expect(await licence()).toMatchObject({ state: 'active', lease: { generation: wanted } });
    expect(openRequest(device, await licence())).toBeUndefined();
  });

  test('a request that was answered but not forgotten is not asked again', async () => {
    if (days > 0) await runCycle(device);
    pass(days);
    const remove = device.files.remove;
    const forgetful = {
      ...device,
      files: {
        ...device.files,
        remove: (name: string) => {
          if (name !== 'licence/request.json') return remove(name);
          throw new Error('power cut');
        },
      },
    };
    await runCycle(forgetful);
    pass(15);
    await runCycle(device);
    const nonces = desk.requests.map(({ nonce }) => nonce);
    expect(new Set(nonces).size).toBe(nonces.length);
    expect((await licence()).lease?.generation).toBe(days === 0 ? 2 : 3);
  });
});

describe('a damaged file of the licence', () => {
  test.each([...writes, 'licence/revocations.json'])(
    '%s is made anew and keeps nothing from going out',
    async (name) => {
      await runCycle(device);
      device.files.write(name, Buffer.from('{"half'));
      expect((await runCycle(device)).end).toBe('directed');
      expect(lastReport().licence).toMatchObject({ state: 'active' });
    },
  );
});
