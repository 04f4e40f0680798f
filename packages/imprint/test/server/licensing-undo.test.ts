import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRevoked, verifyRevocations } from '@imprint/trust';
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
  licensor = testLicensor();
  server = await testServer(
    { IMPRINT_REVOKE_ALONE: '1', IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000' },
    { openLicenceKey: async () => licensor.signers },
  );
  operator = await operatorOf(server.url, server.home);
  nation = await nationOf(operator);
  second = await token(nation.id, ['licensing:read', 'licensing:write', 'licensing:allocate']);
});
afterAll(() => server.close());
// What one person revoked alone counts for a day.
beforeEach(() => server.clock.advance(86_400));

async function token(agencyId: string, scopes: string[]): Promise<string> {
  return (await server.post('/v1/tokens', { agencyId, label: 'x', scopes })).body.secret;
}

const ask = (device: LicensedDevice, edition: string, generation = 0) => {
  server.clock.advance(1);
  return askLease(server.url, device.request(server.clock.now(), { edition, generation }));
};

/** Devices of the nation with a seat each, and the entitlement they are of. */
async function seated(edition: string, count: number, seats = count) {
  const { id } = await entitle(operator, nation.id, { seats, edition });
  const devices = Array.from({ length: count }, () => licensedDevice());
  await enrolDevices(server.database.superuser, nation.path, devices);
  for (const device of devices) expect((await ask(device, edition)).status).toBe(200);
  return { id, devices: devices as [LicensedDevice, ...LicensedDevice[]] };
}

async function activationOf({ id }: LicensedDevice): Promise<{ id: string; state: string }> {
  const { body } = await server.get('/v1/activations?limit=200');
  return body.activations.find((one: { deviceId: string }) => one.deviceId === id);
}

async function revokeOne(device: LicensedDevice, reason = 'lost-or-stolen', by?: string) {
  const { id: subjectId } = await activationOf(device);
  return (await server.post('/v1/revocations', { scope: 'activation', subjectId, reason }, by)).body;
}

const undo = (id: string, by?: string, query = '') =>
  server.post(`/v1/revocations/${id}/undo${query}`, { reason: 'found' }, by);

const published = async () => {
  const text = await readFile(join(server.home, 'repository', 'licensing', 'revocations.json'), 'utf8');
  return verifyRevocations(JSON.parse(text), licensor.root);
};

describe('a revocation that was undone', () => {
  it('gives the device its seat back when it asks, by a lease above those the list names', async () => {
    const { id, devices } = await seated('back', 1);
    const made = await revokeOne(devices[0]);
    expect((await ask(devices[0], 'back', 1)).body.code).toBe('LICENSING_REVOKED');
    await expect
      .poll(async () => isRevoked(await published(), devices[0].id, 1), { timeout: 20_000, interval: 200 })
      .toBe(true);
    const rehearsed = await undo(made.id, undefined, '?dryRun=true');
    expect(rehearsed.body).toMatchObject({ state: 'applied', undoes: made.id, undoReason: 'found' });
    expect((await activationOf(devices[0])).state).toBe('revoked');
    const undone = await undo(made.id);
    expect([undone.status, undone.body.state]).toEqual([201, 'applied']);
    expect((await undo(made.id)).body.id).toBe(undone.body.id);
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 0, taken: 0 });
    const lease = leaseOf(await ask(devices[0], 'back', 1), licensor, devices[0]);
    expect(isRevoked(await published(), devices[0].id, lease.generation)).toBe(false);
    expect(await storedSeats(server.database.superuser, id)).toMatchObject({ active: 1, taken: 1 });
    const { revocations } = (await server.get('/v1/revocations')).body;
    const states = revocations.map((one: { id: string; state: string }) => [one.id, one.state]);
    expect(states.slice(0, 2)).toEqual([
      [undone.body.id, 'applied'],
      [made.id, 'undone'],
    ]);
    const entries = (await server.get('/v1/entries?limit=200')).body.entries.filter(
      ({ subject }: { subject: string }) => subject === `revocation:${undone.body.id}`,
    );
    expect(entries.map(({ action }: { action: string }) => action)).toEqual(['licensing.undo-revocation']);
  });

  it('takes no seat: where none is free any more, the device is told so', async () => {
    const { devices } = await seated('full', 1);
    const made = await revokeOne(devices[0]);
    const heir = licensedDevice();
    await enrolDevices(server.database.superuser, nation.path, [heir]);
    expect((await ask(heir, 'full')).status).toBe(200);
    expect((await undo(made.id)).status).toBe(201);
    expect((await ask(devices[0], 'full', 1)).body.code).toBe('LICENSING_SEATS_EXHAUSTED');
  });

  it('can be revoked again, and only the newest revocation can be undone', async () => {
    const { devices } = await seated('again', 1);
    const ended = await revokeOne(devices[0], 'agreement-ended');
    expect((await ask(devices[0], 'again')).status).toBe(200);
    const licensed = await undo(ended.id);
    expect([licensed.status, licensed.body.code, licensed.body.params.state]).toEqual([
      409,
      'LICENSING_UNDO_NOTHING',
      'active',
    ]);
    server.clock.advance(86_400);
    const lost = await revokeOne(devices[0]);
    expect((await undo(ended.id)).body.code).toBe('LICENSING_UNDO_NOTHING');
    const undone = await undo(lost.id);
    expect(undone.status).toBe(201);
    expect((await undo(undone.body.id)).body.code).toBe('LICENSING_UNDO_NOTHING');
    expect((await revokeOne(devices[0])).id).not.toBe(lost.id);
  });

  it('of something as a whole stays: what has ended is agreed anew', async () => {
    const { id, devices } = await seated('whole', 1);
    const wanted = { scope: 'entitlement', subjectId: id, reason: 'mistake' };
    const made = (await server.post('/v1/revocations', wanted)).body;
    const refused = await undo(made.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'LICENSING_REVOCATION_ENDED']);
    expect((await activationOf(devices[0])).state).toBe('revoked');
  });

  it('is undone by who made it or by the operator', async () => {
    const officer = () => token(nation.id, ['licensing:read', 'licensing:allocate']);
    const [one, other] = [await officer(), await officer()];
    const { devices } = await seated('whose', 2);
    const [own, operators] = [
      await revokeOne(devices[0], 'lost-or-stolen', one),
      await revokeOne(devices[1] as LicensedDevice, 'misuse'),
    ];
    for (const [id, by] of [
      [own.id, other],
      [operators.id, one],
    ]) {
      expect((await undo(id, by)).body.code).toBe('ORGANISATION_SCOPE_MISSING');
    }
    expect((await undo(own.id, one)).status).toBe(201);
    expect((await undo(operators.id, second)).status).toBe(201);
  });
});

describe('a revocation that waits', () => {
  const propose = async (edition: string) => {
    const { id } = await seated(edition, 2);
    const wanted = { scope: 'entitlement', subjectId: id, reason: 'misuse' };
    const { body } = await server.post('/v1/revocations', wanted);
    expect(body.state).toBe('pending');
    return { wanted, id: body.id as string, expiresAt: body.expiresAt as string, entitlementId: id };
  };
  const act = (id: string, what: string, by?: string) =>
    server.post(`/v1/revocations/${id}/${what}`, undefined, by);

  it('can be withdrawn by another, then is neither confirmed nor in the way of a new one', async () => {
    const { id, wanted, entitlementId } = await propose('withdrawn');
    const answers = [await act(id, 'withdraw', second), await act(id, 'withdraw')];
    for (const { status, body } of answers) expect([status, body.state]).toEqual([200, 'withdrawn']);
    const confirmed = await act(id, 'confirm', second);
    expect([confirmed.status, confirmed.body.code]).toEqual([409, 'LICENSING_REVOCATION_OVER']);
    expect(confirmed.body.params.state).toBe('withdrawn');
    expect(await storedSeats(server.database.superuser, entitlementId)).toMatchObject({ active: 2 });
    const anew = await server.post('/v1/revocations', wanted);
    expect([anew.body.state, anew.body.id === id]).toEqual(['pending', false]);
    const applied = await act(anew.body.id, 'confirm', second);
    expect(applied.body.state).toBe('applied');
    const late = await act(anew.body.id, 'withdraw');
    expect([late.status, late.body.code]).toEqual([409, 'LICENSING_REVOCATION_OVER']);
  });

  it('is over after 30 days', async () => {
    const { id, wanted, expiresAt } = await propose('expired');
    const remaining = (new Date(expiresAt).getTime() - server.clock.now().getTime()) / 1000;
    expect(Math.round(remaining / 86_400)).toBe(30);
    server.clock.advance(remaining);
    for (const what of ['confirm', 'withdraw']) {
      const refused = await act(id, what, second);
      expect([refused.status, refused.body.params]).toEqual([409, { revocation: id, state: 'expired' }]);
    }
    const anew = await server.post('/v1/revocations', wanted);
    expect([anew.body.state, anew.body.id === id]).toEqual(['pending', false]);
  });

  it('is not withdrawn by who might not have made it', async () => {
    const { id } = await propose('foreign');
    const officer = await token(nation.id, ['licensing:read', 'licensing:allocate']);
    const refused = await act(id, 'withdraw', officer);
    expect([refused.status, refused.body.code]).toEqual([403, 'ORGANISATION_SCOPE_MISSING']);
  });
});
