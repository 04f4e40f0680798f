import type { DeviceReport } from '@imprint/protocol';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodReport, testDevice } from '../../../../test/support/test-device.ts';
import { type TestServer, testServer } from '../../../../test/support/test-server.ts';
import type { OpenDatabase } from '../../../platform/database/index.ts';
import { withClient } from '../../../platform/database/provision.ts';
import type { Tables } from '../context.ts';
import { judgeDue } from './jobs.ts';
import { recount } from './testing/recount.ts';

let server: TestServer;
let database: OpenDatabase<Tables>;
let root: string;
beforeAll(async () => {
  // The tests decide when devices are judged.
  server = await testServer({}, { postureMs: 3_600_000 });
  database = server.database.open();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const asOwner = <R>(work: (client: pg.Client) => Promise<R>) => withClient(server.database.superuser, work);

async function newAgency(parentId = root, more: object = {}) {
  const name = { en: 'An agency', 'zh-CN': '某机构' };
  const agency = (await server.post('/v1/agencies', { parentId, kind: 'agency', name, ...more })).body;
  const wanted = { agencyId: agency.id, label: 'fleet', scopes: ['fleet:read', 'fleet:write'] };
  const token: string = (await server.post('/v1/tokens', wanted)).body.secret;
  return { id: agency.id as string, path: agency.path as string, token };
}

async function enrol(device: ReturnType<typeof testDevice>, token: string, changes: object = {}) {
  const { secret } = (await server.post('/v1/enrolment-tokens', {}, token)).body;
  const message = device.enrolment(secret, server.clock.now(), changes);
  expect((await server.post('/v1/enrol', { message }, '')).status).toBe(200);
}

/** A device that checks in with the next counter. */
async function newDevice(token: string, changes: object = {}) {
  const device = testDevice();
  await enrol(device, token, changes);
  let counter = 0;
  return {
    ...device,
    says: async (more: Partial<DeviceReport> = {}) => {
      const now = server.clock.now();
      counter += 1;
      const message = device.checkIn(counter, now, { report: { ...goodReport(now), ...more } });
      const answer = await server.post('/v1/check-in', { message }, '');
      expect(answer.status).toBe(200);
      return answer.body;
    },
  };
}

const failing = (at: Date): Partial<DeviceReport> => ({
  patch: { state: 'failing', observedAt: at.toISOString(), differing: ['openssl'] },
});
const firstBoot = (): Partial<DeviceReport> => ({
  firstBoot: [{ id: 'timeSource', state: 'ok', observedAt: server.clock.now().toISOString() }],
});
const context = () => ({ database, clock: server.clock, checkInSeconds: 900 });
const compliance = async (token: string, query = '') =>
  (await server.get(`/v1/compliance${query}`, token)).body;

describe('a device', () => {
  it('is unknown until it reports, then counted as it stands, and stale by itself when it is silent', async () => {
    const { token, id } = await newAgency();
    const device = await newDevice(token);
    const total = async () => (await compliance(token, '?figure=patch')).own.total;
    expect(await total()).toMatchObject({ devices: 1, ok: 0, unknown: 1, failing: 0, unknownShare: 1 });
    expect(await total()).not.toHaveProperty('oldestReportOn');

    await device.says();
    const today = server.clock.now().toISOString().slice(0, 10);
    expect(await total()).toEqual({
      key: '',
      devices: 1,
      ok: 1,
      stale: 0,
      unknown: 0,
      failing: 0,
      unknownShare: 0,
      oldestReportOn: today,
      newestReportOn: today,
    });
    const heardAt = server.clock.now();
    server.clock.advance(2000);
    expect(await judgeDue(context())).toBe(0);
    server.clock.advance(2000);
    await judgeDue(context());
    expect(await total()).toMatchObject({ ok: 0, stale: 1 });
    const { devices } = (await server.get('/v1/compliance/devices?state=stale', token)).body;
    const since = new Date(heardAt.getTime() + 2_700_500).toISOString();
    expect(devices).toEqual([{ id: device.id, hostname: 'desk-1', ring: '', state: 'stale', since }]);
    // Nobody looks at it again until it speaks, and then the very same report makes it ok.
    expect(await judgeDue(context())).toBe(0);
    await device.says();
    expect(await total()).toMatchObject({ ok: 1, stale: 0 });
    expect((await compliance(token)).own.groups).toMatchObject([{ key: id, devices: 1 }]);
  });

  it('is counted where it is enrolled, with all it stands for', async () => {
    const [from, to] = [await newAgency(), await newAgency()];
    const device = await newDevice(from.token);
    await device.says(failing(server.clock.now()));
    await enrol(device, to.token, { edition: 'kiosk' });
    const query = '?figure=patch&by=edition';
    expect((await compliance(from.token, query)).own.groups).toEqual([]);
    expect((await compliance(to.token, query)).own.groups).toMatchObject([{ key: 'kiosk', failing: 1 }]);
  });

  it('whose check-in is refused is counted as before', async () => {
    const { token } = await newAgency();
    const device = await newDevice(token);
    await device.says();
    const now = server.clock.now();
    const message = device.checkIn(1, now, { report: { ...goodReport(now), ...failing(now) } });
    expect((await server.post('/v1/check-in', { message }, '')).status).toBe(409);
    expect((await compliance(token, '?figure=patch')).own.total).toMatchObject({ ok: 1, failing: 0 });
  });
});

describe('compliance', () => {
  it('is asked of the agencies below as counts, small ones and what gives them away kept back', async () => {
    const above = await newAgency(root, { sector: 'energy' });
    const [one, other] = [await newAgency(above.id), await newAgency(above.id)];
    for (const [agency, good, bad] of [
      [one, 8, 2],
      [other, 6, 6],
    ] as const) {
      for (let count = 0; count < good; count += 1) {
        await (await newDevice(agency.token)).says(agency === one && count < 2 ? {} : firstBoot());
      }
      for (let count = 0; count < bad; count += 1) {
        await (await newDevice(agency.token)).says({ ...failing(server.clock.now()), ...firstBoot() });
      }
    }
    const own = await newDevice(above.token);
    await own.says();

    const answer = await compliance(above.token, '?figure=patch');
    expect(answer).toMatchObject({ by: 'agency', figure: 'patch', smallCell: 5 });
    const group = (id: string) => answer.below.groups.find(({ key }: { key: string }) => key === id);
    expect(group(one.id)).toMatchObject({ devices: 10, stale: 0, unknown: 0 });
    for (const { id } of [one, other]) {
      expect(group(id)).not.toHaveProperty('failing');
      expect(group(id)).not.toHaveProperty('ok');
    }
    expect(answer.below.total).toMatchObject({ devices: 22, ok: 14, failing: 8 });
    expect(answer.own.total).toMatchObject({ devices: 1, ok: 1, failing: 0 });
    expect(JSON.stringify(answer)).not.toContain(own.id);

    const bySector = await compliance(above.token, '?figure=patch&by=sector');
    expect(bySector.below.groups).toMatchObject([{ key: 'energy', devices: 22, failing: 8 }]);
    // Two devices have no such figure: how many have it would tell, beside the number of all.
    const some = await compliance(above.token, '?figure=first-boot');
    const small = some.below.groups.find(({ key }: { key: string }) => key === one.id);
    for (const lacking of [some.below.total, small]) expect(lacking).not.toHaveProperty('devices');
    expect(small).toMatchObject({ key: one.id, stale: 0 });
    // Whoever runs the devices sees each; whoever stands above sees none of them.
    const listed = async (token: string) =>
      (await server.get('/v1/compliance/devices?figure=patch&state=failing', token)).body.devices.length;
    expect([await listed(one.token), await listed(other.token), await listed(above.token)]).toEqual([
      2, 6, 0,
    ]);
    expect((await compliance(one.token, '?figure=patch')).own.total).toMatchObject({ ok: 8, failing: 2 });
  });

  it('counts a device in the ring of the rollout it is in', async () => {
    const { token, id } = await newAgency();
    const device = await newDevice(token);
    const thresholds = { successPercent: 90, errorPercent: 20, minimumSample: 1 };
    const rings = [
      { name: 'canary', select: { percentOfRest: 100 }, offsetDays: 0, thresholds, soakHours: 1 },
    ];
    const plan = { rings, silenceHours: 48, deferralCapDays: 14 };
    const made = await server.post('/v1/ring-plans', { agencyId: id, environment: 'production', plan });
    const sha256 = 'b'.repeat(64);
    await asOwner((client) =>
      client.query(
        `INSERT INTO release_release (sha256, edition, channel, version, sequence, state, manifest, signed_by, expires_at,
           loaded_at, changed_at)
         VALUES ($1, 'gov-base', 'stable', '2026.12.0', 9, 'current', '{}', '{}', $2, $2, $2)`,
        [sha256, new Date(server.clock.now().getTime() + 86_400_000)],
      ),
    );
    const begun = await server.post('/v1/rollouts', { planId: made.body.id, releaseSha256: sha256 });
    expect(begun.status).toBe(201);
    await expect
      .poll(async () => (await device.says()).target?.releaseSha256, { timeout: 20_000, interval: 500 })
      .toBe(sha256);
    const byRing = await compliance(token, '?by=ring');
    expect(byRing.own.groups).toMatchObject([{ key: 'canary', devices: 1 }]);
    const counts = await asOwner(recount);
    expect(counts.kept).toEqual(counts.counted);
  });
});

describe('what counts devices', () => {
  it('is what a recount gives after any sequence of reports, silences, moves and turns of the job', async () => {
    const agencies = [await newAgency(), await newAgency()];
    const devices = await Promise.all(
      Array.from({ length: 6 }, (_, index) => newDevice(agencies[index % 2]?.token ?? '')),
    );
    const device = fc.nat(devices.length - 1);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('says'), device, isFailing: fc.boolean() }),
      fc.record({ kind: fc.constant('waits'), hours: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ kind: fc.constant('moves'), device, to: fc.nat(1) }),
      fc.record({ kind: fc.constant('judges') }),
    );
    const act = async (one: {
      kind: string;
      device?: number;
      isFailing?: boolean;
      hours?: number;
      to?: number;
    }) => {
      const chosen = devices[one.device ?? 0];
      if (one.kind === 'says') await chosen?.says(one.isFailing ? failing(server.clock.now()) : {});
      if (one.kind === 'waits') server.clock.advance((one.hours ?? 0) * 3600);
      if (one.kind === 'judges') await judgeDue(context(), 2);
      if (one.kind === 'moves' && chosen !== undefined)
        await enrol(chosen, agencies[one.to ?? 0]?.token ?? '');
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        for (const one of steps) await act(one);
        const { kept, counted } = await asOwner(recount);
        expect(kept).toEqual(counted);
      }),
      { numRuns: 12 },
    );
  });

  it('holds while devices report and the job judges them at once', async () => {
    const { token } = await newAgency();
    const devices = await Promise.all(Array.from({ length: 20 }, () => newDevice(token)));
    for (let round = 0; round < 4; round += 1) {
      server.clock.advance(4000);
      const reporting = devices.map((device, index) =>
        device.says((index + round) % 2 === 0 ? failing(server.clock.now()) : {}),
      );
      await Promise.all([judgeDue(context(), 3), judgeDue(context(), 3), ...reporting]);
    }
    const { kept, counted } = await asOwner(recount);
    expect(kept).toEqual(counted);
    // All have just reported, so none may be left as silent.
    expect((await compliance(token)).own.total).toMatchObject({ devices: 20, stale: 0, ok: 10, failing: 10 });
  });
});
