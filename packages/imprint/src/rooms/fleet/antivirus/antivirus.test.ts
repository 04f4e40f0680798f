import type { AntivirusProvider, DeviceReport } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodReport, testDevice } from '../../../../test/support/test-device.ts';
import { ask, jsonPost, type TestServer, testServer } from '../../../../test/support/test-server.ts';
import { withClient } from '../../../platform/database/provision.ts';

let server: TestServer;
let root: string;
let sequence = 0;
beforeAll(async () => {
  server = await testServer();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(() => server.close());

async function newAgency(parentId = root) {
  const name = { en: 'An agency', 'zh-CN': '某机构' };
  const agency = (await server.post('/v1/agencies', { parentId, kind: 'agency', name })).body;
  const wanted = { agencyId: agency.id, label: 'fleet', scopes: ['fleet:read', 'fleet:write'] };
  const token: string = (await server.post('/v1/tokens', wanted)).body.secret;
  return { id: agency.id as string, token };
}

const inDays = (days: number) => new Date(server.clock.now().getTime() + days * 86_400_000).toISOString();
const provider = (name: string, days = 365): AntivirusProvider => ({
  name,
  title: { en: name, 'zh-CN': name },
  supplier: 'a supplier',
  adapter: 'script',
  approvedUntil: inDays(days),
  sendsOut: name === 'guard' ? [{ en: 'digests of files', 'zh-CN': '文件摘要' }] : [],
});

/** Makes the register say that a release is what the channel stands at; each test has an edition of its own. */
async function publish(edition: string, providers: AntivirusProvider[] | undefined): Promise<void> {
  sequence += 1;
  const sha256 = sequence.toString(16).padStart(64, '0');
  await withClient(server.database.superuser, async (client) => {
    await client.query("UPDATE release_release SET state = 'superseded' WHERE edition = $1", [edition]);
    await client.query(
      `INSERT INTO release_release (sha256, edition, channel, version, sequence, state, manifest, signed_by, expires_at,
         loaded_at, changed_at) VALUES ($1, $2, 'stable', $3, $4, 'current', $5, '{}', $6, $6, $6)`,
      [
        sha256,
        edition,
        `2026.12.${sequence}`,
        sequence,
        JSON.stringify(providers === undefined ? {} : { antivirusProviders: providers }),
        inDays(365),
      ],
    );
  });
}

async function newDevice(token: string, edition: string, deviceClass?: DeviceReport['deviceClass']) {
  const device = testDevice();
  const { secret } = (await server.post('/v1/enrolment-tokens', {}, token)).body;
  const message = device.enrolment(secret, server.clock.now(), { edition });
  await server.post('/v1/enrol', { message }, '');
  let counter = 0;
  return {
    told: async (more: Partial<DeviceReport> = {}) => {
      counter += 1;
      const at = server.clock.now();
      const kind = deviceClass === undefined ? {} : { deviceClass };
      const report = { ...goodReport(at), ...kind, ...more };
      const answer = await server.post(
        '/v1/check-in',
        { message: device.checkIn(counter, at, { report }) },
        '',
      );
      expect(answer.status).toBe(200);
      return answer.body.antivirus;
    },
  };
}

const select = (token: string, body: object) =>
  ask(`${server.url}/v1/antivirus/selections`, { ...jsonPost(body, token), method: 'PUT' });

describe('a directive', () => {
  it('goes to devices whose agency has chosen and whose release lists it, and to no others', async () => {
    const [agency, other] = [await newAgency(), await newAgency()];
    await publish('one', [provider('clamav'), provider('guard')]);
    await publish('two', undefined);
    const [desk, mainframe, elsewhere, unlisted] = [
      await newDevice(agency.token, 'one', 'desktop'),
      await newDevice(agency.token, 'one', 'server'),
      await newDevice(other.token, 'one', 'desktop'),
      await newDevice(agency.token, 'two', 'desktop'),
    ];
    expect(await desk.told()).toBeUndefined();
    expect((await select(agency.token, { provider: 'guard' })).status).toBe(200);
    const chosen = await select(agency.token, {
      deviceClass: 'server',
      provider: 'clamav',
      definitionsRing: 'canary',
    });
    expect(chosen.body.selections).toHaveLength(2);
    expect(await desk.told()).toEqual({ provider: 'guard', definitionsRing: 'stable' });
    expect(await mainframe.told()).toEqual({ provider: 'clamav', definitionsRing: 'canary' });
    expect([await elsewhere.told(), await unlisted.told()]).toEqual([undefined, undefined]);

    // A release that lists it no more ends the directive with the next check-in; a choice taken back too.
    await publish('one', [provider('clamav')]);
    expect(await desk.told()).toBeUndefined();
    await select(agency.token, { deviceClass: 'server' });
    expect(await mainframe.told()).toBeUndefined();
  });

  it('of the nation is not overruled below where it is fixed, and is where it is not', async () => {
    const nation = await newAgency();
    const agency = await newAgency(nation.id);
    await publish('three', [provider('clamav'), provider('guard'), provider('shield')]);
    const device = await newDevice(agency.token, 'three');
    await select(nation.token, { provider: 'clamav', allowed: ['clamav', 'guard'] });
    expect(await device.told()).toMatchObject({ provider: 'clamav' });
    expect(await select(agency.token, { provider: 'shield' })).toMatchObject({
      status: 409,
      body: { code: 'FLEET_ANTIVIRUS_NOT_ALLOWED' },
    });
    await select(agency.token, { provider: 'guard' });
    expect(await device.told()).toMatchObject({ provider: 'guard' });
    await select(nation.token, { provider: 'clamav', isFixed: true });
    expect(await device.told()).toMatchObject({ provider: 'clamav' });
    expect(await select(agency.token, { provider: 'guard' })).toMatchObject({
      status: 409,
      body: { code: 'FLEET_ANTIVIRUS_FIXED' },
    });
    // Who is below sees what it comes to, and not the choices above.
    const seen = (await server.get('/v1/antivirus/selections', agency.token)).body;
    expect(seen.selections).toMatchObject([{ agencyId: agency.id, provider: 'guard' }]);
    const own = seen.effective.filter(({ edition }: { edition: string }) => edition === 'three');
    expect(own).toMatchObject([{ provider: 'clamav', chosenBy: nation.id, approval: 'approved' }]);
  });
});

describe('a choice', () => {
  it('is recorded with its digest, and refused by code where nothing may be chosen', async () => {
    const agency = await newAgency();
    await publish('four', [provider('guard', 30), provider('old', -1)]);
    const codeOf = async (body: object, token = agency.token) => (await select(token, body)).body.code;
    expect(await codeOf({ provider: 'no-such' })).toBe('FLEET_ANTIVIRUS_PROVIDER_UNKNOWN');
    expect(await codeOf({ provider: 'old' })).toBe('FLEET_ANTIVIRUS_APPROVAL_EXPIRED');
    const stranger = await newAgency();
    expect(await codeOf({ agencyId: agency.id, provider: 'guard' }, stranger.token)).toBe(
      'ORGANISATION_AGENCY_UNKNOWN',
    );
    await select(agency.token, { provider: 'guard' });
    const { entries } = (await server.get('/v1/entries?limit=200')).body;
    const made = entries.filter(
      ({ action, agencyPath }: { action: string; agencyPath: string }) =>
        action === 'fleet.select-antivirus' && agencyPath.endsWith(`/${agency.id}/`),
    );
    expect(made).toHaveLength(1);
    expect(made[0].digests.selection).toMatch(/^[0-9a-f]{64}$/);

    const { providers } = (await server.get('/v1/antivirus/providers', agency.token)).body;
    const listed = providers.filter(({ edition }: { edition: string }) => edition === 'four');
    expect(listed).toMatchObject([
      {
        provider: { name: 'guard', sendsOut: [{ en: 'digests of files' }] },
        approval: 'expiring',
        selections: 1,
      },
      { provider: { name: 'old' }, approval: 'expired', selections: 0 },
    ]);
  });

  it('stands when its approval ends: who has it keeps it', async () => {
    const agency = await newAgency();
    await publish('five', [provider('guard', 1)]);
    const device = await newDevice(agency.token, 'five');
    await select(agency.token, { provider: 'guard' });
    server.clock.advance(2 * 86_400);
    expect(await device.told()).toMatchObject({ provider: 'guard' });
    expect((await select(agency.token, { provider: 'guard', definitionsRing: 'canary' })).status).toBe(200);
    expect(await device.told()).toMatchObject({ definitionsRing: 'canary' });
  });
});

it('a device that runs another provider than directed is not ok, and says which', async () => {
  const agency = await newAgency();
  const device = await newDevice(agency.token, 'one');
  const at = server.clock.now();
  const good = goodReport(at).antivirus;
  const states: Record<string, unknown>[] = [];
  for (const more of [{ directed: 'guard' }, { directed: 'guard', code: 'AGENT_ANTIVIRUS_TWO' }, {}]) {
    await device.told({ antivirus: { ...good, ...more } });
    const { devices } = (await server.get('/v1/devices', agency.token)).body;
    states.push(devices[0].posture.figures.find(({ name }: { name: string }) => name === 'antivirus'));
    const counted = (await server.get('/v1/compliance?figure=antivirus', agency.token)).body.own.total;
    expect(counted[String(states.at(-1)?.state)]).toBe(1);
  }
  expect(states).toMatchObject([
    { state: 'stale', reason: 'clamav protects, guard is directed' },
    { state: 'failing', reason: 'AGENT_ANTIVIRUS_TWO' },
    { state: 'ok' },
  ]);
});
