import { messageTypes, qrTextOf, readQrText } from '@imprint/protocol';
import { readTypedLease, typedNonce, typedRequest } from '@imprint/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lapse } from '../../src/rooms/licensing/activation/jobs.ts';
import {
  askLease,
  enrolDevices,
  entitle,
  type Licensor,
  leaseOf,
  licensedDevice,
  machine,
  nationOf,
  type Operator,
  operatorOf,
  storedSeats,
  testLicensor,
} from '../support/licensing.ts';
import { ask, jsonPost, type TestServer, testServer } from '../support/test-server.ts';

const day = 86_400;
let server: TestServer;
let licensor: Licensor;
let operator: Operator;
let nation: { id: string; path: string };

beforeAll(async () => {
  licensor = testLicensor('dual');
  server = await testServer({}, { openLicenceKey: async () => licensor.signers });
  operator = await operatorOf(server.url, server.home);
  nation = await nationOf(operator);
});
afterAll(() => server.close());

const now = () => server.clock.now();
const database = () => server.database.superuser;

/** A device enrolled at the root, and seats of an edition of its own. */
async function place(edition: string, terms: { seats: number } & Record<string, unknown> = { seats: 2 }) {
  const { id } = await entitle(operator, nation.id, { from: now(), edition, ...terms });
  const enrol = async (facts = machine()) => {
    const device = licensedDevice(facts);
    await enrolDevices(database(), nation.path, [device]);
    return device;
  };
  return { id, enrol, seats: () => storedSeats(database(), id) };
}

const actions = async () =>
  (await server.get('/v1/entries?limit=200')).body.entries as { action: string; subject: string }[];

describe('a lease', () => {
  it('verifies against the pinned root and names device, agency, edition and features', async () => {
    const { enrol } = await place('gov-a', { seats: 2, features: ['kiosk'] });
    const device = await enrol();
    const answer = await askLease(server.url, device.request(now(), { edition: 'gov-a' }));
    expect(answer.status).toBe(200);
    const lease = leaseOf(answer, licensor, device);
    expect(lease).toMatchObject({
      sub: device.id,
      agency: nation.id,
      edition: 'gov-a',
      class: 'desktop',
      features: ['kiosk'],
      generation: 1,
      grace: 30 * day,
    });
    expect(lease.exp - lease.iat).toBe(180 * day);
    expect(lease.renew - lease.iat).toBeGreaterThanOrEqual(7 * day);
    const shown = await server.get(`/v1/activations/${answer.body.activation}`);
    expect(shown.body).toMatchObject({ deviceId: device.id, state: 'active', agencyId: nation.id });
    const listed = await server.get(`/v1/activations?agencyId=${nation.id}&state=active`);
    expect(listed.body.activations).toContainEqual(shown.body);
  });

  it('is renewed with the next number, and the log has one entry for the seat and one for the renewals', async () => {
    const { enrol, seats } = await place('gov-b');
    const device = await enrol();
    const first = await askLease(server.url, device.request(now(), { edition: 'gov-b' }));
    server.clock.advance(8 * day);
    const second = await askLease(server.url, device.request(now(), { edition: 'gov-b', generation: 1 }));
    expect(leaseOf(second, licensor, device).generation).toBe(2);
    expect(await seats()).toMatchObject({ active: 1, taken: 1 });
    const said = await actions();
    const { activation } = first.body;
    expect(said.filter(({ subject }) => subject === `activation:${activation}`)).toHaveLength(1);
    expect(said.at(-1)).toMatchObject({ action: 'licensing.renew', subject: 'renewals:1' });
    expect((await server.get('/v1/entries/verification')).body).toMatchObject({ intact: true });
  });

  it('beyond the seats agreed is valid and says so, and until when', async () => {
    const overage = { policy: 'percent', percent: 50, days: 30 };
    const { enrol, id } = await place('gov-c', { seats: 2, overage });
    const answers = [];
    for (let count = 0; count < 4; count += 1) {
      const device = await enrol();
      answers.push(await askLease(server.url, device.request(now(), { edition: 'gov-c' })));
    }
    const until = new Date(now().getTime() + 30 * day * 1000).toISOString();
    expect(answers[1]?.body).not.toHaveProperty('code');
    expect(answers[2]?.body).toMatchObject({
      valid: true,
      code: 'SEATS_OVERAGE',
      overage: { count: 1, until },
    });
    expect(answers[3]).toMatchObject({ status: 409, body: { code: 'LICENSING_SEATS_EXHAUSTED' } });
    const { body } = await server.get('/v1/entitlements?limit=200');
    const entitlement = body.entitlements.find((one: { id: string }) => one.id === id);
    expect(entitlement.overage).toMatchObject({ count: 1, until });
  });
});

describe('a message that is not an honest one', () => {
  it.each<[string, (message: string) => string, string]>([
    ['is cut short', (message) => message.slice(0, -20), 'TRUST_JWS_SIGNATURE'],
    ['has another payload', (message) => forge(message), 'TRUST_JWS_SIGNATURE'],
    ['is no message', () => 'not.a.message', 'TRUST_JWS_MALFORMED'],
  ])('and %s is refused', async (_what, change, code) => {
    const { enrol, seats } = await place(
      `gov-bad-${code.toLowerCase().replaceAll('_', '-')}-${_what.length}`,
    );
    const device = await enrol();
    const answer = await askLease(server.url, change(device.request(now())));
    expect([answer.status >= 400 && answer.status < 500, answer.body.code]).toEqual([true, code]);
    expect((await seats()).rows).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['without a nonce', { nonce: undefined }, 'LICENSING_MESSAGE_MALFORMED'],
    ['with a negative number', { generation: -1 }, 'LICENSING_MESSAGE_MALFORMED'],
    ['with a fact that is an address', { facts: { mac: 'x' } }, 'LICENSING_MESSAGE_MALFORMED'],
    ['of a protocol to come', { protocol: 99 }, 'LICENSING_PROTOCOL_UNSUPPORTED'],
  ])('%s is refused with its reason in both languages', async (_what, changes, code) => {
    const device = licensedDevice();
    const body = JSON.stringify({ message: device.request(now(), changes) });
    for (const [language, pattern] of [
      ['en', /^expected /],
      ['zh-CN', /[\u4e00-\u9fff]/],
    ] as const) {
      const headers = { 'content-type': 'application/json', 'accept-language': language };
      const answer = await ask(`${server.url}/v1/leases`, { method: 'POST', headers, body });
      expect(answer.body).toMatchObject({
        code,
        title: expect.stringMatching(pattern),
        hint: expect.any(String),
      });
    }
  });

  it('of another type is refused, and so is one of a device nobody enrolled', async () => {
    const device = licensedDevice();
    const wrong = await askLease(server.url, device.request(now(), {}, messageTypes.enrol));
    expect(wrong.body.code).toBe('TRUST_JWS_TYPE');
    const unknown = await askLease(server.url, device.request(now()));
    expect([unknown.status, unknown.body.code]).toEqual([404, 'LICENSING_DEVICE_UNKNOWN']);
  });

  it('too many times in an hour is told to wait', async () => {
    const { enrol } = await place('gov-many');
    const device = await enrol();
    const message = device.request(now(), { edition: 'gov-many' });
    const answers = [];
    for (let count = 0; count < 26; count += 1) answers.push(await askLease(server.url, message));
    expect(answers.slice(0, 25).map(({ status }) => status)).toEqual(Array(25).fill(200));
    expect(answers[25]).toMatchObject({ status: 429, body: { code: 'LICENSING_TOO_MANY_REQUESTS' } });
    expect(Number(answers[25]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

function forge(message: string): string {
  const [header, payload = '', signature] = message.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const changed = Buffer.from(JSON.stringify({ ...claims, deviceClass: 'server' })).toString('base64url');
  return [header, changed, signature].join('.');
}

describe('two holders of one number', () => {
  it('are told apart by their hardware: the original keeps its seat, the copy is sent to enrol', async () => {
    const edition = 'gov-clone';
    const { enrol, seats } = await place(edition);
    const device = await enrol();
    await askLease(server.url, device.request(now(), { edition }));
    server.clock.advance(7 * day);
    await askLease(server.url, device.request(now(), { edition, generation: 1 }));
    server.clock.advance(60);
    const copy = await askLease(
      server.url,
      device.request(now(), { edition, generation: 1, facts: machine() }),
    );
    expect([copy.status, copy.body.code]).toEqual([409, 'LICENSING_DUPLICATE']);
    const restored = await askLease(server.url, device.request(now(), { edition, generation: 1 }));
    expect(leaseOf(restored, licensor, device).generation).toBe(3);
    const { activation } = restored.body;
    const marked = await server.get(`/v1/activations/${activation}`);
    expect(marked.body).toHaveProperty('duplicateAt');
    expect((await actions()).at(-1)).toMatchObject({ action: 'licensing.suspect-duplicate' });
    const path = `/v1/activations/${activation}/resolve-duplicate`;
    expect((await server.post(`${path}?dryRun=true`, undefined)).body).not.toHaveProperty('duplicateAt');
    expect((await server.get(`/v1/activations/${activation}`)).body).toHaveProperty('duplicateAt');
    expect((await server.post(path, undefined)).body).not.toHaveProperty('duplicateAt');
    expect(await seats()).toMatchObject({ active: 1, taken: 1 });
  });
});

describe('a device that died', () => {
  it('gives its seat back after lease and grace, and gets it back when it returns to a free one', async () => {
    const edition = 'gov-dead';
    const { enrol, seats } = await place(edition, { seats: 1 });
    const [device, other] = [await enrol(), await enrol()];
    const first = await askLease(server.url, device.request(now(), { edition }));
    server.clock.advance(211 * day);
    await lapseNow();
    expect(await seats()).toMatchObject({ active: 0, taken: 0 });
    const back = await askLease(server.url, device.request(now(), { edition, generation: 1 }));
    expect(back.body.activation).toBe(first.body.activation);
    const late = await askLease(server.url, other.request(now(), { edition }));
    expect(late.body.code).toBe('LICENSING_SEATS_EXHAUSTED');
  });
});

async function lapseNow(): Promise<void> {
  const pool = server.database.open();
  try {
    const context = { database: pool, clock: server.clock, ids: { id: () => '', secret: () => '' } };
    await lapse(context as unknown as Parameters<typeof lapse>[0]);
  } finally {
    await pool.close();
  }
}

describe('seats that are reclaimed with a date', () => {
  it('are renewed until then, and after it all but the last taken are', async () => {
    const edition = 'gov-reclaim';
    const { enrol, id, seats } = await place(edition, { seats: 2 });
    const [early, late] = [await enrol(), await enrol()];
    await askLease(server.url, early.request(now(), { edition }));
    server.clock.advance(3600);
    await askLease(server.url, late.request(now(), { edition }));
    const reclaimAt = new Date(now().getTime() + 10 * day * 1000).toISOString();
    const lowered = await ask(`${server.url}/v1/entitlements/${id}/seats`, {
      ...jsonPost({ seats: 1, reclaimAt }, operator.token),
      method: 'PUT',
    });
    expect(lowered.status).toBe(200);
    const renewBoth = async (generation: number) => {
      const answers = [early, late].map((device) =>
        askLease(server.url, device.request(now(), { edition, generation })),
      );
      return (await Promise.all(answers)).map(({ status, body }) => (status === 200 ? 'renewed' : body.code));
    };
    server.clock.advance(7 * day);
    expect(await renewBoth(1)).toEqual(['renewed', 'renewed']);
    server.clock.advance(7 * day);
    expect(await renewBoth(2)).toEqual(['renewed', 'LICENSING_SEAT_RECLAIMED']);
    expect(await seats()).toMatchObject({ active: 2, taken: 2 });
  });
});

describe('an offline request', () => {
  const carry = (request: string, agencyId = nation.id, query = '') =>
    ask(`${server.url}/v1/offline-leases${query}`, jsonPost({ request, agencyId }, operator.token));

  it('is answered for a device that never was on line, the same however often, in a file and as a QR code', async () => {
    const edition = 'gov-far';
    const { seats } = await place(edition);
    const device = licensedDevice();
    const issuedAt = new Date(now().getTime() - 80 * day * 1000);
    const message = device.request(issuedAt, { edition });
    const rehearsed = await carry(message, nation.id, '?dryRun=true');
    expect(rehearsed.body).toMatchObject({ valid: true });
    expect(rehearsed.body).not.toHaveProperty('lease');
    expect((await seats()).rows).toEqual([]);

    const first = await carry(message);
    const lease = leaseOf(first, licensor, device);
    const again = await carry(qrTextOf('request', message));
    expect(again.body.lease.token).toBe(first.body.lease.token);
    expect(readQrText(first.body.carriers.qr)).toMatchObject({ kind: 'lease', jws: first.body.lease.token });
    const other = await carry(device.request(now(), { edition, generation: lease.generation }));
    expect(leaseOf(other, licensor, device).generation).toBe(2);
    expect(await seats()).toMatchObject({ active: 1, taken: 1 });
  });

  it('typed in is answered with a code to type, and takes no second seat after the machine was set up anew', async () => {
    const edition = 'gov-typed';
    const { seats } = await place(edition);
    const facts = machine();
    const [device, again] = [licensedDevice(facts), licensedDevice(facts)];
    const nonce = typedNonce(crypto.getRandomValues(new Uint8Array(6)));
    const fields = { deviceClass: 'desktop', generation: 0, nonce, facts, edition } as const;
    const answer = await carry(typedRequest({ ...fields, deviceId: device.id }));
    const known = { deviceId: device.id, nonce, edition, deviceClass: 'desktop' } as const;
    expect(readTypedLease(answer.body.carriers.typed, known, licensor.root)).toMatchObject({ generation: 1 });
    server.clock.advance(60);
    const anew = await carry(typedRequest({ ...fields, deviceId: again.id }));
    expect(anew.body.activation).toBe(answer.body.activation);
    expect(await seats()).toMatchObject({ active: 1, taken: 1 });
  });

  it('older than 90 days, of an agency not one’s own, or of no agency is refused', async () => {
    const device = licensedDevice();
    const old = await carry(device.request(new Date(now().getTime() - 91 * day * 1000)));
    expect([old.status, old.body.code]).toEqual([410, 'LICENSING_REQUEST_EXPIRED']);
    const elsewhere = await carry(device.request(now()), '0'.repeat(26));
    expect(elsewhere.status).toBe(404);
    const garbled = await carry('ABCD-EFGH');
    expect(garbled.body.code).toMatch(/^TRUST_CODE_/);
  });
});

describe('a server without a licence key', () => {
  it('says so, and devices go on', async () => {
    const bare = await testServer({}, { openLicenceKey: async () => undefined });
    try {
      const answer = await askLease(bare.url, licensedDevice().request(now()));
      expect([answer.status, answer.body.code]).toEqual([503, 'LICENSING_KEY_MISSING']);
    } finally {
      await bare.close();
    }
  });
});
