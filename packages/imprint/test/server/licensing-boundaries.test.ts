import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askLease,
  enrolDevices,
  entitle,
  type LicensedDevice,
  type Licensor,
  licensedDevice,
  machine,
  nationOf,
  type Operator,
  operatorOf,
  storedSeats,
  testLicensor,
} from '../support/licensing.ts';
import { testPerson } from '../support/test-browser.ts';
import { ask, jsonPost, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let licensor: Licensor;
let operator: Operator;
let nation: { id: string; path: string };

beforeAll(async () => {
  licensor = testLicensor();
  server = await testServer(
    { IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000', IMPRINT_REVOKE_ALONE: '1' },
    { openLicenceKey: async () => licensor.signers },
  );
  operator = await operatorOf(server.url, server.home);
  nation = await nationOf(operator);
});
afterAll(() => server.close());

async function agency(): Promise<{ id: string; path: string; token: string }> {
  const wanted = { parentId: nation.id, kind: 'agency', name: { en: 'a', 'zh-CN': 'a' } };
  const { body } = await server.post('/v1/agencies', wanted);
  const scopes = ['licensing:read', 'licensing:allocate'];
  const issued = await server.post('/v1/tokens', { agencyId: body.id, label: 'x', scopes });
  return { ...body, token: issued.body.secret };
}

async function enrolled(agencyPath: string): Promise<LicensedDevice> {
  const device = licensedDevice();
  await enrolDevices(server.database.superuser, agencyPath, [device]);
  return device;
}

const askAt = (device: LicensedDevice, edition: string, changes: object = {}) =>
  askLease(server.url, device.request(server.clock.now(), { edition, ...changes }));

async function activated(agencyPath: string, edition: string): Promise<LicensedDevice> {
  const device = await enrolled(agencyPath);
  expect((await askAt(device, edition)).status).toBe(200);
  return device;
}

async function activationOf({ id }: LicensedDevice): Promise<string> {
  const { body } = await server.get('/v1/activations?limit=200');
  return body.activations.find((one: { deviceId: string }) => one.deviceId === id).id;
}

const allocate = (entitlementId: string, agencyId: string, floor: number, ceiling: number) =>
  ask(`${server.url}/v1/allocations`, {
    ...jsonPost({ entitlementId, agencyId, floor, ceiling }, server.operatorToken),
    method: 'PUT',
  });

describe('a seat that is moved to another device', () => {
  it('out of what an agency has reserved takes no seat beyond those agreed', async () => {
    const edition = 'reserved';
    const overage = { policy: 'percent', percent: 50, days: 1 };
    const { id } = await entitle(operator, nation.id, { seats: 4, edition, overage });
    const [rich, poor] = [await agency(), await agency()];
    expect((await allocate(id, rich.id, 4, 4)).status).toBe(200);
    expect((await allocate(id, poor.id, 0, 2)).status).toBe(200);
    const held = await activated(rich.path, edition);
    const other = await enrolled(poor.path);
    const wanted = { activationId: await activationOf(held), deviceId: other.id };
    const answer = await server.post('/v1/device-transfers', wanted);
    expect([answer.status, answer.body.code]).toEqual([409, 'LICENSING_TRANSFER_NOT_FREE']);
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 1, taken: 4, own: 1 });
  });
});

describe('somebody with tokens of their own', () => {
  it('is one person, whose consent counts once, also by a token that a token issued', async () => {
    const { id: entitlementId } = await entitle(operator, nation.id, { seats: 9, edition: 'alone' });
    const [from, to] = [await agency(), await agency()];
    await allocate(entitlementId, from.id, 0, 4);
    await allocate(entitlementId, to.id, 0, 1);
    const roles = ['agency-administrator', 'licensing-officer'];
    const { browser, id } = await testPerson(server, { login: 'alone', agencyId: nation.id, roles });
    const scopes = ['organisation:read', 'organisation:write', 'licensing:write', 'licensing:allocate'];
    const wanted = (agencyId: string) => ({ agencyId, label: 'mine', scopes });
    const first = (await browser.post('/v1/tokens', wanted(nation.id))).body;
    expect(first.token.issuedBy).toBe(`person:${id}`);
    const second = (await server.post('/v1/tokens', wanted(from.id), first.secret)).body;
    const proposal = { entitlementId, fromAgencyId: from.id, toAgencyId: to.id, seats: 1 };
    const { body } = await server.post('/v1/seat-transfers', proposal, second.secret);
    expect(body.consents).toEqual({ source: `person:${id}` });
    const answer = await server.post(`/v1/seat-transfers/${body.id}/consent`, undefined, first.secret);
    expect([answer.status, answer.body.code]).toEqual([403, 'LICENSING_TRANSFER_SAME_PERSON']);
    expect((await browser.post(`/v1/seat-transfers/${body.id}/consent`)).status).toBe(403);
  });

  it('is no second person for a revocation, and somebody else is', async () => {
    const edition = 'many';
    const { id: subjectId } = await entitle(operator, nation.id, { seats: 2, edition });
    for (const _ of [1, 2]) await activated(nation.path, edition);
    const roles = ['agency-administrator', 'licensing-officer'];
    const { browser } = await testPerson(server, { login: 'many', agencyId: nation.id, roles });
    const proposal = { scope: 'entitlement', subjectId, reason: 'retired' };
    const { body } = await browser.post('/v1/revocations', proposal);
    expect(body.state).toBe('pending');
    const scopes = ['licensing:write', 'licensing:allocate'];
    const issued = await browser.post('/v1/tokens', { agencyId: nation.id, label: 'mine', scopes });
    const confirm = `/v1/revocations/${body.id}/confirm`;
    const alone = await server.post(confirm, undefined, issued.body.secret);
    expect([alone.status, alone.body.code]).toEqual([403, 'LICENSING_REVOCATION_SAME_PERSON']);
    expect((await server.post(confirm, undefined)).body.state).toBe('applied');
  });
});

describe('changes of hardware beyond three a year', () => {
  it('are allowed by the operator and not by the agency itself', async () => {
    const edition = 'rebound';
    await entitle(operator, nation.id, { seats: 1, edition });
    const own = await agency();
    const device = await activated(own.path, edition);
    const rebind = (generation: number) =>
      askAt(device, edition, { generation, facts: machine(), rebind: true });
    for (const generation of [1, 2, 3]) expect((await rebind(generation)).status).toBe(200);
    expect((await rebind(4)).body.code).toBe('LICENSING_REBIND_LIMIT');
    const resolve = `/v1/activations/${await activationOf(device)}/resolve-duplicate`;
    const refused = await server.post(resolve, undefined, own.token);
    expect(refused).toMatchObject({ status: 403, body: { params: { scope: 'licensing:write' } } });
    expect((await rebind(4)).body.code).toBe('LICENSING_REBIND_LIMIT');
    expect((await server.post(resolve, undefined)).body.rebinds).toBe(0);
    expect((await rebind(4)).status).toBe(200);
  });
});

describe('an officer', () => {
  it('learns no figures of an agency beside their own by proposing to move its seats', async () => {
    const { id: entitlementId } = await entitle(operator, nation.id, { seats: 40, edition: 'figures' });
    const [own, other] = [await agency(), await agency()];
    await allocate(entitlementId, own.id, 0, 3);
    await allocate(entitlementId, other.id, 0, 7);
    const propose = (from: string, to: string, seats: number) => {
      const wanted = { entitlementId, fromAgencyId: from, toAgencyId: to, seats };
      return server.post('/v1/seat-transfers', wanted, own.token);
    };
    const pulled = await propose(other.id, own.id, 9);
    expect(pulled.status).toBe(201);
    expect((await propose(own.id, other.id, 4)).body).toMatchObject({
      code: 'LICENSING_TRANSFER_NOT_FREE',
      params: { agency: own.id, free: 3 },
    });
    const consent = (token: string) =>
      server.post(`/v1/seat-transfers/${pulled.body.id}/consent`, undefined, token);
    expect((await consent(server.operatorToken)).body.state).toBe('waiting');
    const last = await consent(other.token);
    expect(last.body).toMatchObject({ code: 'LICENSING_TRANSFER_NOT_FREE', params: { free: 7 } });
    const pushed = await server.post(
      '/v1/seat-transfers',
      { entitlementId, fromAgencyId: other.id, toAgencyId: own.id, seats: 8 },
      server.operatorToken,
    );
    expect(pushed.body).toMatchObject({ code: 'LICENSING_TRANSFER_NOT_FREE', params: { free: 7 } });
    const third = await server.post('/v1/seat-transfers', {
      entitlementId,
      fromAgencyId: other.id,
      toAgencyId: own.id,
      seats: 7,
    });
    const consentTo = (token: string) =>
      server.post(`/v1/seat-transfers/${third.body.id}/consent`, undefined, token);
    expect((await consentTo(other.token)).body.state).toBe('waiting');
    await allocate(entitlementId, other.id, 0, 5);
    const hidden = await consentTo(own.token);
    expect(hidden.body).toMatchObject({ code: 'LICENSING_TRANSFER_NO_ROOM', params: { agency: other.id } });
    expect(Object.keys(hidden.body.params).sort()).toEqual(['agency', 'seats']);
  });

  it('does not seat a device that is enrolled in another agency', async () => {
    const edition = 'elsewhere';
    await entitle(operator, nation.id, { seats: 9, edition });
    const [own, other] = [await agency(), await agency()];
    const device = await enrolled(other.path);
    const request = device.request(server.clock.now(), { edition });
    const seat = (agencyId: string, token: string) =>
      server.post('/v1/offline-leases', { request, agencyId }, token);
    const refused = await seat(own.id, own.token);
    expect([refused.status, refused.body.code]).toEqual([409, 'LICENSING_ENROLLED_ELSEWHERE']);
    expect((await seat(other.id, other.token)).status).toBe(200);
  });
});
