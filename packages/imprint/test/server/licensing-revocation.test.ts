import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRevoked, verifyRevocations, verifyUsageReport } from '@imprint/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  askLease,
  enrolDevices,
  entitle,
  type LicensedDevice,
  type Licensor,
  leaseOf,
  licensedDevice,
  nationOf,
  type Operator,
  operatorOf,
  storedSeats,
  testLicensor,
} from '../support/licensing.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let licensor: Licensor;
let operator: Operator;
let nation: { id: string; path: string };
/** The operator's second person. */
let second: string;

beforeAll(async () => {
  licensor = testLicensor('dual');
  server = await testServer(
    { IMPRINT_REVOKE_ALONE: '2', IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000' },
    { openLicenceKey: async () => licensor.signers },
  );
  operator = await operatorOf(server.url, server.home);
  nation = await nationOf(operator);
  second = await token(nation.id);
});
afterAll(() => server.close());
// What one person revoked alone counts for a day.
beforeEach(() => server.clock.advance(86_400));

const allScopes = ['licensing:read', 'licensing:write', 'licensing:allocate'];
async function token(agencyId: string, scopes = allScopes): Promise<string> {
  return (await server.post('/v1/tokens', { agencyId, label: 'x', scopes })).body.secret;
}

async function agencyBelow(
  parentId: string,
  kind = 'ministry',
): Promise<{ id: string; path: string; token: string }> {
  const { body } = await server.post('/v1/agencies', { parentId, kind, name: { en: 'a', 'zh-CN': 'a' } });
  return { ...body, token: await token(body.id, ['licensing:read', 'licensing:allocate']) };
}

/** Activates new devices of an agency. */
async function activate(agencyPath: string, count: number, edition: string): Promise<LicensedDevice[]> {
  const devices = Array.from({ length: count }, () => licensedDevice());
  await enrolDevices(server.database.superuser, agencyPath, devices);
  for (const device of devices) {
    const answer = await askLease(server.url, device.request(server.clock.now(), { edition }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  return devices;
}

const activationOf = async ({ id }: { id: string }): Promise<string> => {
  const { body } = await server.get('/v1/activations?limit=200');
  return body.activations.find((one: { deviceId: string }) => one.deviceId === id).id;
};

const published = async () => {
  const text = await readFile(join(server.home, 'repository', 'licensing', 'revocations.json'), 'utf8');
  return verifyRevocations(JSON.parse(text), licensor.root);
};

describe('revoking', () => {
  it('a device frees its seat, refuses its renewal, and puts its lease on the published signed list', async () => {
    const { id } = await entitle(operator, nation.id, { seats: 1, edition: 'one' });
    const [device] = (await activate(nation.path, 1, 'one')) as [LicensedDevice];
    const wanted = { scope: 'activation', subjectId: await activationOf(device), reason: 'lost-or-stolen' };
    const rehearsed = await server.post('/v1/revocations?dryRun=true', wanted);
    expect(rehearsed.body).toMatchObject({ state: 'applied', devices: 1 });
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 1, taken: 1 });
    const done = await server.post('/v1/revocations', wanted);
    expect(done.body).toMatchObject({ state: 'applied', devices: 1, reason: 'lost-or-stolen' });
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 0, taken: 0, own: 0 });
    const renewal = await askLease(
      server.url,
      device.request(server.clock.now(), { edition: 'one', generation: 1 }),
    );
    expect([renewal.status, renewal.body.code]).toEqual([403, 'LICENSING_REVOKED']);
    await expect
      .poll(async () => isRevoked(await published(), device.id, 1), { timeout: 20_000, interval: 200 })
      .toBe(true);
    const { body, headers } = await server.get('/content/licensing/revocations.json', '');
    expect(verifyRevocations(body, licensor.root).number).toBe((await published()).number);
    expect(headers.get('cache-control')).toBe('public, max-age=10, must-revalidate');
    const again = await server.post('/v1/revocations', wanted);
    expect(again.body.id).toBe(done.body.id);
  });

  it('more devices than one person may waits for a second one', async () => {
    const { id } = await entitle(operator, nation.id, { seats: 5, edition: 'three' });
    await activate(nation.path, 3, 'three');
    const wanted = { scope: 'entitlement', subjectId: id, reason: 'misuse' };
    const proposed = await server.post('/v1/revocations', wanted);
    expect(proposed.body).toMatchObject({ state: 'pending', devices: 3 });
    const confirm = `/v1/revocations/${proposed.body.id}/confirm`;
    const alone = await server.post(confirm, undefined);
    expect([alone.status, alone.body.code]).toEqual([403, 'LICENSING_REVOCATION_SAME_PERSON']);
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 3, taken: 3 });
    const answers = await Promise.all([
      server.post(confirm, undefined, second),
      server.post(confirm, undefined, second),
    ]);
    for (const { body } of answers) expect(body).toMatchObject({ state: 'applied', devices: 3 });
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 0, taken: 0 });
    const late = licensedDevice();
    await enrolDevices(server.database.superuser, nation.path, [late]);
    const refused = await askLease(server.url, late.request(server.clock.now(), { edition: 'three' }));
    expect(refused.body.code).toBe('LICENSING_NOT_ENTITLED');
    const entries = (await server.get('/v1/entries?limit=200')).body.entries.filter(
      ({ subject }: { subject: string }) => subject === `revocation:${proposed.body.id}`,
    );
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'licensing.propose-revocation',
      'licensing.revoke',
    ]);
  });

  it.each(['agreement-ended', 'transferred'])(
    'for %s leaves the device free to be licensed again, by a lease that counts',
    async (reason) => {
      const edition = `again-${reason}`;
      const { id } = await entitle(operator, nation.id, { seats: 1, edition });
      const [device] = (await activate(nation.path, 1, edition)) as [LicensedDevice];
      const ask = (generation: number) => {
        server.clock.advance(1);
        return askLease(server.url, device.request(server.clock.now(), { edition, generation }));
      };
      for (const generation of [1, 2]) expect((await ask(generation)).status).toBe(200);
      await server.post('/v1/revocations', { scope: 'entitlement', subjectId: id, reason });
      await expect
        .poll(async () => isRevoked(await published(), device.id, 3), { timeout: 20_000, interval: 200 })
        .toBe(true);
      await entitle(operator, nation.id, { seats: 1, edition });
      const lease = leaseOf(await ask(0), licensor, device);
      expect(isRevoked(await published(), device.id, lease.generation)).toBe(false);
    },
  );

  it('what is beside the asker does not exist for them, and what is more than one device is the operator’s', async () => {
    const [one, other] = [await agencyBelow(nation.id), await agencyBelow(nation.id)];
    const { id } = await entitle(operator, one.id, { seats: 2, edition: 'beside' });
    const [device] = (await activate(one.path, 1, 'beside')) as [LicensedDevice];
    const wanted = { scope: 'activation', subjectId: await activationOf(device), reason: 'retired' };
    const stranger = await server.post('/v1/revocations', wanted, other.token);
    expect([stranger.status, stranger.body.code]).toEqual([404, 'LICENSING_REVOCATION_SUBJECT_UNKNOWN']);
    const all = await server.post(
      '/v1/revocations',
      { ...wanted, scope: 'entitlement', subjectId: id },
      one.token,
    );
    expect([all.status, all.body.code]).toEqual([403, 'ORGANISATION_SCOPE_MISSING']);
    expect((await server.post('/v1/revocations', wanted, one.token)).status).toBe(201);
  });
});

describe('a seat', () => {
  it('goes to another device: no seat more, the old lease revoked, the new device licensed when it asks', async () => {
    const { id } = await entitle(operator, nation.id, { seats: 1, edition: 'moved' });
    const [old] = (await activate(nation.path, 1, 'moved')) as [LicensedDevice];
    const heir = licensedDevice();
    await enrolDevices(server.database.superuser, nation.path, [heir]);
    const wanted = { activationId: await activationOf(old), deviceId: heir.id };
    const moved = await server.post('/v1/device-transfers', wanted);
    expect(moved.status, JSON.stringify(moved.body)).toBe(201);
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 1, taken: 1, own: 1 });
    const twice = await server.post('/v1/device-transfers', wanted);
    expect([twice.status, twice.body.code]).toEqual([409, 'LICENSING_TRANSFER_NO_SEAT']);
    const refused = await askLease(
      server.url,
      old.request(server.clock.now(), { edition: 'moved', generation: 1 }),
    );
    expect(refused.body.code).toBe('LICENSING_SEATS_EXHAUSTED');
    const answer = await askLease(server.url, heir.request(server.clock.now(), { edition: 'moved' }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(leaseOf(answer, licensor, heir).generation).toBe(1);
    await expect
      .poll(async () => isRevoked(await published(), old.id, 1), { timeout: 20_000, interval: 200 })
      .toBe(true);
  });

  it('moved to a device and back is licensed above every lease that was revoked', async () => {
    await entitle(operator, nation.id, { seats: 1, edition: 'back' });
    const [first] = (await activate(nation.path, 1, 'back')) as [LicensedDevice];
    const other = licensedDevice();
    await enrolDevices(server.database.superuser, nation.path, [other]);
    const move = async (from: LicensedDevice, to: LicensedDevice) =>
      server.post('/v1/device-transfers', { activationId: await activationOf(from), deviceId: to.id });
    expect((await move(first, other)).status).toBe(201);
    server.clock.advance(1);
    expect((await askLease(server.url, other.request(server.clock.now(), { edition: 'back' }))).status).toBe(
      200,
    );
    expect((await move(other, first)).status).toBe(201);
    server.clock.advance(1);
    const answer = await askLease(server.url, first.request(server.clock.now(), { edition: 'back' }));
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const { generation } = leaseOf(answer, licensor, first);
    expect(generation).toBeGreaterThan(1);
  });

  it('goes between agencies with three consents, and concurrent transfers never give what is not free', async () => {
    const ministry = await agencyBelow(nation.id);
    const [a, b] = [await agencyBelow(ministry.id, 'agency'), await agencyBelow(ministry.id, 'agency')];
    const { id: entitlementId } = await entitle(operator, ministry.id, { seats: 20, edition: 'shared' });
    const put = (agencyId: string, floor: number, ceiling: number) =>
      fetch(`${server.url}/v1/allocations`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ entitlementId, agencyId, floor, ceiling }),
      });
    expect((await put(a.id, 6, 10)).ok && (await put(b.id, 0, 5)).ok).toBe(true);
    await activate(a.path, 2, 'shared');
    const wanted = { entitlementId, fromAgencyId: a.id, toAgencyId: b.id, seats: 5 };
    const propose = async () => (await server.post('/v1/seat-transfers', wanted, a.token)).body.id as string;
    const ids = [await propose(), await propose()];
    const consent = (id: string, by: string) =>
      server.post(`/v1/seat-transfers/${id}/consent`, undefined, by);
    const again = await consent(ids[0] as string, a.token);
    expect(again.body).toMatchObject({ state: 'waiting' });
    expect(Object.keys(again.body.consents)).toEqual(['source']);
    for (const id of ids) expect((await consent(id, b.token)).body.state).toBe('waiting');
    const answers = await Promise.all(ids.map((id) => consent(id, server.operatorToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({
      code: 'LICENSING_TRANSFER_NOT_FREE',
      params: { seats: 5, free: 3, taken: 2, ceiling: 5 },
    });
    const { body } = await server.get(`/v1/allocations?entitlementId=${entitlementId}`);
    const bounds = Object.fromEntries(
      body.allocations.map((one: Record<string, unknown>) => [one.agencyId, [one.floor, one.ceiling]]),
    );
    expect([bounds[a.id], bounds[b.id]]).toEqual([
      [2, 5],
      [4, 10],
    ]);
    const left = ids[answers.findIndex(({ status }) => status === 409)] as string;
    expect((await server.post(`/v1/seat-transfers/${left}/cancel`, undefined, b.token)).body.state).toBe(
      'cancelled',
    );
    const over = await consent(left, second);
    expect([over.status, over.body.code]).toEqual([409, 'LICENSING_TRANSFER_OVER']);
    const stranger = await agencyBelow(nation.id);
    expect((await consent(left, stranger.token)).status).toBe(404);
  });
});

describe('a usage report', () => {
  it('verifies offline with the pinned root, agrees with itself, and names no device', async () => {
    const ministry = await agencyBelow(nation.id);
    await entitle(operator, ministry.id, { seats: 3, edition: 'reported' });
    const devices = await activate(ministry.path, 2, 'reported');
    server.clock.advance(3600);
    const answer = await server.get('/v1/usage-report', ministry.token);
    expect(answer.status).toBe(200);
    const report = verifyUsageReport(answer.body, licensor.root);
    expect(report.entitlements).toHaveLength(1);
    expect(report.entitlements[0]?.nodes).toEqual([
      {
        agencyId: ministry.id,
        floor: 0,
        ceiling: 3,
        taken: 2,
        own: 2,
        leases: { current: 2, grace: 0, lapsed: 0, waiting: 0 },
        overage: 0,
        revoked: 0,
        oldestRenewalSeconds: expect.any(Number),
      },
    ]);
    expect(report.sectors).toMatchObject([{ sector: 'government', seats: 3, taken: 2 }]);
    expect(report.log.seq).toBeGreaterThan(0);
    const payload = Buffer.from(answer.body.payload, 'base64').toString('utf8');
    for (const { id } of devices) expect(payload).not.toContain(id);
  });

  it('of somebody else, changed, or short of a signature that the profile demands is refused', async () => {
    const { body } = await server.get('/v1/usage-report');
    const code = (expected: string) => expect.objectContaining({ code: expected });
    expect(() => verifyUsageReport(body, testLicensor('dual').root)).toThrow(code('TRUST_REPORT_SIGNATURE'));
    const changed = Buffer.from(body.payload, 'base64').toString('utf8').replace('"taken":', '"taken":1');
    const forged = { ...body, payload: Buffer.from(changed).toString('base64') };
    expect(() => verifyUsageReport(forged, licensor.root)).toThrow(code('TRUST_REPORT_SIGNATURE'));
    for (const signature of body.signatures) {
      const single = { ...body, signatures: [signature] };
      expect(() => verifyUsageReport(single, licensor.root)).toThrow(code('TRUST_REPORT_SIGNATURE'));
    }
    const typed = { ...body, payloadType: 'application/vnd.in-toto+json' };
    expect(() => verifyUsageReport(typed, licensor.root)).toThrow(code('TRUST_REPORT_MALFORMED'));
  });

  it('covers the asker’s part only', async () => {
    const [one, other] = [await agencyBelow(nation.id), await agencyBelow(nation.id)];
    await entitle(operator, other.id, { seats: 3, edition: 'other' });
    const own = verifyUsageReport((await server.get('/v1/usage-report', one.token)).body, licensor.root);
    expect(own).toMatchObject({ entitlements: [], sectors: [] });
    expect((await server.get(`/v1/usage-report?agencyId=${other.id}`, one.token)).status).toBe(404);
  });
});
