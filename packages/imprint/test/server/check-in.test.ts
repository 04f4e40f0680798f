import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { goodReport, testDevice } from '../support/test-device.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const enrolmentToken = async (): Promise<string> =>
  (await server.post('/v1/enrolment-tokens', {})).body.secret;
const enrol = (message: string) => server.post('/v1/enrol', { message }, '');
const checkIn = (message: string) => server.post('/v1/check-in', { message }, '');

async function enrolledDevice() {
  const device = testDevice();
  const answer = await enrol(device.enrolment(await enrolmentToken(), server.clock.now()));
  expect(answer.status).toBe(200);
  return device;
}

const conflicts = async (id: string) =>
  (await server.get('/v1/entries?limit=200')).body.entries.filter(
    (entry: { action: string; subject: string }) =>
      entry.action === 'fleet.mark-conflict' && entry.subject === `device:${id}`,
  );

describe('enrolment', () => {
  it('names the device by the thumbprint of its key', async () => {
    const device = testDevice();
    const answer = await enrol(device.enrolment(await enrolmentToken(), server.clock.now()));
    expect(answer).toMatchObject({ status: 200, body: { deviceId: device.id, checkInSeconds: 900 } });
    const shown = await server.get(`/v1/devices/${device.id}`);
    expect(shown.body).toMatchObject({
      state: 'enrolled',
      posture: { state: 'unknown' },
      edition: 'gov-base',
    });
  });

  it('gives the same key with the same token the same answer, and another key nothing', async () => {
    const token = await enrolmentToken();
    const first = testDevice();
    const message = first.enrolment(token, server.clock.now());
    expect((await enrol(message)).status).toBe(200);
    expect((await enrol(message)).status).toBe(200);
    const stolen = await enrol(testDevice().enrolment(token, server.clock.now()));
    expect(stolen).toMatchObject({ status: 409, body: { code: 'FLEET_ENROLMENT_TOKEN_USED' } });
  });

  it('lets one of many keys that bring one token at once in', async () => {
    const token = await enrolmentToken();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => enrol(testDevice().enrolment(token, server.clock.now()))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'FLEET_ENROLMENT_TOKEN_USED')).toHaveLength(11);
  });

  it('refuses an expired token', async () => {
    const { body } = await server.post('/v1/enrolment-tokens', { validSeconds: 60 });
    server.clock.advance(61);
    const late = await enrol(testDevice().enrolment(body.secret, server.clock.now()));
    expect(late).toMatchObject({ status: 410, body: { code: 'FLEET_ENROLMENT_TOKEN_EXPIRED' } });
  });

  it('refuses a wrong secret as it refuses an unknown token', async () => {
    const token = await enrolmentToken();
    const wrong = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    for (const text of [wrong, `enr_${'0'.repeat(26)}_${'A'.repeat(43)}`, 'nonsense']) {
      const answer = await enrol(testDevice().enrolment(text, server.clock.now()));
      expect(answer).toMatchObject({ status: 401, body: { code: 'FLEET_ENROLMENT_TOKEN_UNKNOWN' } });
    }
  });

  it('enrols a known key anew with a fresh token, and its counter goes on', async () => {
    const device = await enrolledDevice();
    await checkIn(device.checkIn(7, server.clock.now()));
    const again = device.enrolment(await enrolmentToken(), server.clock.now(), { channel: 'pilot' });
    expect((await enrol(again)).status).toBe(200);
    const shown = await server.get(`/v1/devices/${device.id}`);
    expect(shown.body).toMatchObject({ channel: 'pilot', counter: 7 });
  });
});

describe('check-in', () => {
  it('stores the report and derives the posture', async () => {
    const device = await enrolledDevice();
    const answer = await checkIn(device.checkIn(1, server.clock.now()));
    expect(answer).toMatchObject({ status: 200, body: { nextCheckInSeconds: 900 } });
    const shown = await server.get(`/v1/devices/${device.id}`);
    expect(shown.body).toMatchObject({
      counter: 1,
      posture: { state: 'ok', lastSeenSeconds: 0 },
      report: goodReport(server.clock.now()),
    });
  });

  it('rewrites a report only when something but its times changed, and gives it back as it was sent', async () => {
    const device = await enrolledDevice();
    const stored = () =>
      withClient(server.database.superuser, async (client) => {
        const { rows } = await client.query(
          'SELECT xmin::text AS version, sha256, changed_at FROM fleet_report WHERE device_id = $1',
          [device.id],
        );
        return rows[0];
      });
    await checkIn(device.checkIn(1, server.clock.now()));
    const first = await stored();
    server.clock.advance(60);
    const later = goodReport(server.clock.now());
    const { definitionsBuiltAt: _, ...antivirus } = later.antivirus;
    const kept = {
      ...later,
      antivirus: { ...antivirus, definitionsBuiltAt: first.changed_at.toISOString() },
    };
    expect((await checkIn(device.checkIn(2, server.clock.now(), { report: kept }))).status).toBe(200);
    expect(await stored()).toEqual(first);
    const shown = (await server.get(`/v1/devices/${device.id}`)).body;
    expect(shown).toMatchObject({ counter: 2, report: kept });
    const changed = { ...kept, patch: { ...kept.patch, packages: 141 } };
    await checkIn(device.checkIn(3, server.clock.now(), { report: changed }));
    expect((await stored()).sha256).not.toBe(first.sha256);
    expect((await server.get(`/v1/devices/${device.id}`)).body.report).toEqual(changed);
  });

  it('lets a report go stale when the device falls silent', async () => {
    const device = await enrolledDevice();
    await checkIn(device.checkIn(1, server.clock.now()));
    server.clock.advance(3600);
    const shown = await server.get(`/v1/devices/${device.id}`);
    expect(shown.body.posture).toMatchObject({ state: 'stale', lastSeenSeconds: 3600 });
  });

  it('refuses a byte-identical repeat without marking the device', async () => {
    const device = await enrolledDevice();
    const message = device.checkIn(1, server.clock.now());
    expect((await checkIn(message)).status).toBe(200);
    expect(await checkIn(message)).toMatchObject({ status: 409, body: { code: 'FLEET_CHECK_IN_REPLAYED' } });
    expect((await server.get(`/v1/devices/${device.id}`)).body.state).toBe('enrolled');
  });

  it('marks a cloned device once, keeps serving it, and lets a person clear the mark', async () => {
    const device = await enrolledDevice();
    expect((await checkIn(device.checkIn(5, server.clock.now()))).status).toBe(200);
    for (const counter of [5, 4]) {
      const clone = await checkIn(device.checkIn(counter, server.clock.now(), { bootId: 'other' }));
      expect(clone).toMatchObject({
        status: 409,
        body: { code: 'FLEET_DEVICE_CONFLICT', params: { counter: 5, got: counter } },
      });
    }
    expect((await checkIn(device.checkIn(6, server.clock.now()))).status).toBe(200);
    const path = `/v1/devices/${device.id}`;
    expect((await server.get(path)).body).toMatchObject({ state: 'conflict', counter: 6 });
    expect(await conflicts(device.id)).toHaveLength(1);
    expect((await server.post(`${path}/resolve-conflict`, undefined)).status).toBe(204);
    expect((await server.get(path)).body.state).toBe('enrolled');
  });

  it('refuses a forged signature, another key under the name, and an unknown device', async () => {
    const device = await enrolledDevice();
    const message = device.checkIn(1, server.clock.now());
    const [header, , signature] = message.split('.');
    const payload = Buffer.from(JSON.stringify({ counter: 9 })).toString('base64url');
    const forged = await checkIn(`${header}.${payload}.${signature}`);
    expect(forged).toMatchObject({ status: 401, body: { code: 'TRUST_JWS_SIGNATURE' } });
    const other = testDevice();
    const posed = await checkIn(other.checkIn(1, server.clock.now(), { deviceId: device.id }, device.id));
    expect(posed).toMatchObject({ status: 401, body: { code: 'TRUST_JWS_SIGNATURE' } });
    const unknown = await checkIn(other.checkIn(1, server.clock.now()));
    expect(unknown).toMatchObject({ status: 404, body: { code: 'FLEET_DEVICE_UNKNOWN' } });
    expect((await server.get(`/v1/devices/${device.id}`)).body.counter).toBeUndefined();
  });

  it('refuses a device that speaks for another', async () => {
    const [a, b] = [await enrolledDevice(), await enrolledDevice()];
    const answer = await checkIn(a.checkIn(1, server.clock.now(), { deviceId: b.id }));
    expect(answer).toMatchObject({ status: 400, body: { code: 'FLEET_MESSAGE_MALFORMED' } });
  });

  it('says by how much a clock is off', async () => {
    const device = await enrolledDevice();
    const wrong = new Date(server.clock.now().getTime() - 365 * 86_400_000);
    const answer = await checkIn(device.checkIn(1, wrong));
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'FLEET_CLOCK_SKEW', params: { skewSeconds: -31_536_000 } },
    });
  });

  it.each(['23:59:60Z', '12:00:00Z[u-ca=gregory]'])(
    'refuses a message of %s, a time no clock tells',
    async (time) => {
      const device = await enrolledDevice();
      const message = device.checkIn(1, server.clock.now(), { issuedAt: `2026-11-21T${time}` });
      expect((await checkIn(message)).body).toMatchObject({
        code: 'FLEET_MESSAGE_MALFORMED',
        params: { pointer: '/issuedAt' },
      });
    },
  );

  it('refuses a protocol it does not know, a broken payload and a message of the other kind', async () => {
    const device = await enrolledDevice();
    const now = server.clock.now();
    expect((await checkIn(device.checkIn(1, now, { protocol: 99 }))).body.code).toBe(
      'FLEET_PROTOCOL_UNSUPPORTED',
    );
    expect((await checkIn(device.checkIn(1, now, { report: {} }))).body.code).toBe('FLEET_MESSAGE_MALFORMED');
    expect((await checkIn(device.checkIn(1, now, { counter: 1.5 }))).body.code).toBe(
      'FLEET_MESSAGE_MALFORMED',
    );
    expect((await checkIn(device.enrolment('x', now))).body.code).toBe('TRUST_JWS_TYPE');
    expect((await checkIn('not a message')).body.code).toBe('TRUST_JWS_MALFORMED');
  });

  it('refuses what is too large before reading it', async () => {
    const huge = await checkIn('a'.repeat(600_000));
    expect(huge).toMatchObject({ status: 413, body: { code: 'SERVER_BODY_TOO_LARGE' } });
    const tenMegabytes = await checkIn('a'.repeat(10_000_000));
    expect(tenMegabytes).toMatchObject({ status: 413, body: { code: 'SERVER_BODY_TOO_LARGE' } });
    const long = await checkIn('a'.repeat(300_000));
    expect(long).toMatchObject({ status: 400, body: { code: 'SERVER_REQUEST_INVALID' } });
  });

  it('fails one unstorable report alone among many', async () => {
    const devices = await Promise.all(Array.from({ length: 20 }, enrolledDevice));
    const now = server.clock.now();
    const bad = { ...goodReport(now), edition: { ...goodReport(now).edition, version: 'nul\u0000' } };
    const answers = await Promise.all(
      devices.map((device, index) => checkIn(device.checkIn(1, now, index === 7 ? { report: bad } : {}))),
    );
    expect(answers[7]).toMatchObject({ status: 422, body: { code: 'FLEET_REPORT_REJECTED' } });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
  });

  it('stores one of many messages that carry one counter', async () => {
    const device = await enrolledDevice();
    const now = server.clock.now();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => checkIn(device.checkIn(1, now, { bootId: `boot-${index}` }))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'FLEET_DEVICE_CONFLICT')).toHaveLength(9);
    expect(await conflicts(device.id)).toHaveLength(1);
  });
});

describe('the record', () => {
  it('holds every act of this file in one unbroken chain', async () => {
    const { body } = await server.get('/v1/entries/verification');
    expect(body).toMatchObject({ intact: true });
    expect(body.entries).toBeGreaterThan(10);
  });
});
