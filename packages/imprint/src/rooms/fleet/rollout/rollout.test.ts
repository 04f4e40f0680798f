import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { advanceRollouts } from './jobs.ts';
import type { Ring, RingPlan } from './model.ts';
import {
  type FleetDevice,
  type RolloutFixture,
  rolloutFixture,
  type Scene,
} from './testing/rollout-fixture.ts';

let server: RolloutFixture;
let fixture: Scene;
beforeAll(async () => {
  server = await rolloutFixture();
});
afterAll(() => server.close());
beforeEach(async () => {
  fixture = await server.scene();
});

const ring = (name: string, more: Partial<Ring> = {}): Ring => ({
  name,
  select: { percentOfRest: 100 },
  offsetDays: 0,
  thresholds: { successPercent: 90, errorPercent: 20, minimumSample: 2 },
  soakHours: 24,
  ...more,
});
const planOf = (rings: Ring[], more: Partial<RingPlan> = {}): RingPlan => ({
  rings,
  silenceHours: 48,
  deferralCapDays: 14,
  ...more,
});
const canaryFirst = planOf([
  ring('canary', { select: { countOfRest: 4 } }),
  ring('rest', { safeMode: true, groups: [{ percent: 50 }], soakHours: 1 }),
]);

/** All devices check in; those that are told a target. */
async function told(devices: readonly FleetDevice[]): Promise<FleetDevice[]> {
  const targets = await Promise.all(devices.map((device) => device.checkIn()));
  return devices.filter((_, index) => targets[index] !== undefined);
}
const codesOf = (decisions: readonly { code: string }[]) => decisions.map(({ code }) => code).reverse();
const group = (body: { groups: { ring: string; group: number }[] }, name: string, number = 0) =>
  body.groups.find((one) => one.ring === name && one.group === number);

describe('a rollout', () => {
  it('goes from ring to ring, and halts by itself when devices fall back after their restart', async () => {
    const devices = await fixture.devices(20);
    const bad = await fixture.publish('2026.12.0');
    const planId = await fixture.plan(canaryFirst);
    const first = await fixture.begin(planId, bad);

    const canaries = await told(devices);
    expect(canaries).toHaveLength(4);
    await Promise.all(canaries.map((device) => device.says('installing')));
    for (const device of canaries.slice(0, 2)) await device.says('installed', { healthy: true });
    await canaries[2]?.says('fell-back', { code: 'AGENT_BOOT_UNHEALTHY' });
    await canaries[3]?.says('installed', { healthy: false });
    await advanceRollouts(fixture.context);

    const halted = (await fixture.show(first)).body;
    expect(halted).toMatchObject({ state: 'halted' });
    expect(halted.decisions[0]).toMatchObject({
      actor: 'service:rollout',
      en: 'halted: in ring canary 2 of 4 devices failed (50 %, the limit is 20 % of at least 4): 0 while installing, 1 fell back, 1 unhealthy after start, 0 silent since they began to install',
    });
    expect(halted.decisions[0]['zh-CN']).toContain('4 台设备有 2 台失败');
    expect(group(halted, 'canary')).toMatchObject({ planned: 4, succeeded: 2, fellBack: 1, unhealthy: 1 });
    // Nobody is offered it any more, not even those it worked for.
    expect(await told(devices)).toEqual([]);

    // The fix: the halted one is stopped, another release begins and completes.
    const fix = await fixture.publish('2026.12.1');
    await fixture.server.post(`/v1/rollouts/${first}/stop`, { reason: 'fixed in 2026.12.1' });
    const second = await fixture.begin(planId, fix);
    for (let day = 0; day < 12; day += 1) {
      for (const device of await told(devices)) if (device.version !== '2026.12.1') await device.installs();
      await fixture.after(24);
    }
    const done = (await fixture.show(second)).body;
    expect(done.state).toBe('done');
    expect(new Set(devices.map(({ version }) => version))).toEqual(new Set(['2026.12.1']));
    expect(codesOf(done.decisions).at(-1)).toBe('completed');
    expect(done.decisions[0].en).toContain('20 of 20 devices');
    expect(done.groups.map(({ planned }: { planned: number }) => planned)).toEqual([4, 1, 7, 8]);
    const { body } = await fixture.server.get('/v1/entries/verification');
    expect(body.intact).toBe(true);
  });

  it('offers nothing that is not published and current, and takes it back when it is withdrawn', async () => {
    const devices = await fixture.devices(2);
    const planId = await fixture.plan(planOf([ring('all')]));
    const unknown = await fixture.server.post('/v1/rollouts', {
      planId,
      releaseSha256: fixture.releaseOf('never'),
    });
    expect(unknown).toMatchObject({
      status: 409,
      body: { code: 'FLEET_ROLLOUT_RELEASE_NOT_OFFERED', params: { standing: 'unknown' } },
    });
    const old = await fixture.publish('2026.11.1');
    const current = await fixture.publish('2026.12.0');
    const superseded = await fixture.server.post('/v1/rollouts', { planId, releaseSha256: old });
    expect(superseded.body).toMatchObject({ params: { standing: 'superseded' } });
    const id = await fixture.begin(planId, current);
    expect(await told(devices)).toHaveLength(2);
    await fixture.context.database.transaction({ agencyPath: '/', actor: 'test' }, (trx) =>
      trx.updateTable('release_release').set({ state: 'withdrawn' }).where('sha256', '=', current).execute(),
    );
    // At once, before the engine has decided anything.
    expect(await told(devices)).toEqual([]);
    await fixture.after(0);
    expect((await fixture.show(id)).body).toMatchObject({
      state: 'halted',
      decisions: [{ code: 'releaseGone' }, {}],
    });
    const resumed = await fixture.server.post(`/v1/rollouts/${id}/resume`, { reason: 'try again' });
    expect(resumed.body.code).toBe('FLEET_ROLLOUT_RELEASE_NOT_OFFERED');
  });

  it('tells when to download and install, and by when at the latest', async () => {
    const [device] = await fixture.devices(1);
    const installWindows = {
      timeZone: 'Asia/Shanghai',
      weekly: [{ days: [6], from: '01:00', to: '05:00' }],
    };
    const planId = await fixture.plan(planOf([ring('all', { installWindows, downloadEarly: true })]));
    await fixture.begin(planId, await fixture.publish('2026.12.0'));
    expect(await device?.checkIn()).toEqual({
      releaseSha256: fixture.releaseOf('2026.12.0'),
      version: '2026.12.0',
      sequence: expect.any(Number),
      downloadFrom: fixture.at(0),
      installWindow: { from: fixture.at(4 * 24 + 9), to: fixture.at(4 * 24 + 13) },
      deadline: fixture.at(14 * 24),
    });
    await fixture.after(14 * 24);
    // Past its deadline a device installs at any time.
    expect((await device?.checkIn())?.installWindow).toBeUndefined();
  });

  it('takes a device below a floor to the floor first', async () => {
    const [low, high] = (await fixture.devices(2)) as [FleetDevice, FleetDevice];
    const floor = await fixture.publish('2026.11.5');
    high.version = '2026.11.5';
    const target = await fixture.publish('2026.12.0');
    const planId = await fixture.plan(planOf([ring('all')], { floorVersions: ['2026.11.5'] }));
    const id = await fixture.begin(planId, target);
    expect((await low.checkIn())?.releaseSha256).toBe(floor);
    expect((await high.checkIn())?.releaseSha256).toBe(target);
    const next = await low.says('installed', { healthy: true });
    expect(next?.releaseSha256).toBe(target);
    expect(group((await fixture.show(id)).body, 'all')).toMatchObject({ pending: 2, succeeded: 0 });
    const missing = planOf([ring('all')], { floorVersions: ['2026.11.7'] });
    const answer = await fixture.server.post('/v1/rollouts', {
      planId: await fixture.plan(missing, { environment: 'other' }),
      releaseSha256: target,
    });
    expect(answer.body.code).toBe('FLEET_ROLLOUT_FLOOR_UNAVAILABLE');
  });

  it('believes no success against the version that runs, and sees a device that went back', async () => {
    const [liar, honest] = (await fixture.devices(2)) as [FleetDevice, FleetDevice];
    const id = await fixture.begin(
      await fixture.plan(planOf([ring('all')])),
      await fixture.publish('2026.12.0'),
    );
    await told([liar, honest]);
    await liar.checkIn({
      releaseSha256: fixture.releaseOf('2026.12.0'),
      step: 'installed',
      since: fixture.server.clock.now().toISOString(),
      healthy: true,
    });
    await honest.says('installed', { healthy: true });
    expect(group((await fixture.show(id)).body, 'all')).toMatchObject({ fellBack: 1, succeeded: 1 });
    // It says nothing of it, but what it runs does.
    honest.version = '2026.11.0';
    await honest.checkIn();
    expect(group((await fixture.show(id)).body, 'all')).toMatchObject({ fellBack: 2, succeeded: 0 });
  });

  it('counts an installed release without a word on its health as under way', async () => {
    const devices = await fixture.devices(2);
    const id = await fixture.begin(
      await fixture.plan(planOf([ring('all')])),
      await fixture.publish('2026.12.0'),
    );
    await told(devices);
    for (const device of devices) await device.says('installed');
    await fixture.after(24);
    const { body } = await fixture.show(id);
    expect(group(body, 'all')).toMatchObject({ phase: 'open', pending: 2, succeeded: 0 });
    expect(body.explanation[0].en).toContain('0 of 2 expected devices are healthy');
  });

  it('is not held up by devices that are away, and halts on those that vanish while they install', async () => {
    const devices = await fixture.devices(10);
    const planId = await fixture.plan(planOf([ring('all', { soakHours: 0 })]));
    const id = await fixture.begin(planId, await fixture.publish('2026.12.0'));
    await Promise.all(devices.slice(0, 3).map((device) => device.installs()));
    await fixture.after(47);
    expect((await fixture.show(id)).body.state).toBe('active');
    await fixture.after(2);
    const { body } = await fixture.show(id);
    expect(body).toMatchObject({ state: 'done', decisions: [{}, { code: 'passed' }, { code: 'held' }, {}] });
    expect(body.decisions[1].en).toContain(
      '3 of 3 expected devices healthy (100 %, wanted 90 %), 0 failed, 7 not heard',
    );

    // Away ones come back and are offered it still; two begin and are never heard again.
    expect(await told(devices.slice(3))).toHaveLength(7);
    for (const device of devices.slice(3, 5)) await device.says('restart-needed');
    await fixture.after(50);
    const late = (await fixture.show(id)).body;
    expect(late.state).toBe('halted');
    expect(late.decisions[0].en).toContain('2 silent since they began to install');
  });
});

describe('people', () => {
  it('pause, resume, skip and stop, each with a reason that everybody reads', async () => {
    const devices = await fixture.devices(3);
    const id = await fixture.begin(await fixture.plan(canaryFirst), await fixture.publish('2026.12.0'));
    const act = (path: string, body: object) => fixture.server.post(`/v1/rollouts/${id}/${path}`, body);
    expect((await act('pause', { reason: 'exam week' })).status).toBe(204);
    expect(await told(devices)).toEqual([]);
    expect((await act('pause', { reason: 'again' })).body.code).toBe('FLEET_ROLLOUT_STATE');
    expect((await act('resume', { reason: 'exams are over' })).status).toBe(204);
    expect(await told(devices)).toHaveLength(3);
    expect((await act('skip', { ring: 'rest', reason: 'x' })).body.code).toBe(
      'FLEET_ROLLOUT_NOTHING_TO_SKIP',
    );
    expect((await act('skip', { ring: 'canary', reason: 'tested in the laboratory' })).status).toBe(204);
    expect((await act('skip', { ring: 'canary', reason: '' })).status).toBe(400);
    await fixture.after(0);
    const { body } = await fixture.show(id);
    expect(body.groups.map(({ phase }: { phase: string }) => phase)).toEqual([
      'skipped',
      'passed',
      'passed',
      'passed',
    ]);
    expect(body.decisions.map(({ en }: { en: string }) => en)).toContain(
      'group 1 of ring canary skipped: tested in the laboratory',
    );
    expect((await act('stop', { reason: 'enough' })).status).toBe(204);
    expect(await told(devices)).toEqual([]);
  });

  it('let failures pass when they resume a halted one, and those to come are judged as ever', async () => {
    const devices = await fixture.devices(10);
    const id = await fixture.begin(
      await fixture.plan(planOf([ring('all')])),
      await fixture.publish('2026.12.0'),
    );
    await told(devices);
    const [one, two, three, ...others] = devices as [FleetDevice, FleetDevice, FleetDevice, ...FleetDevice[]];
    for (const device of [one, two]) await device.says('failed', { code: 'AGENT_DISK_FULL' });
    await fixture.after(0);
    expect((await fixture.show(id)).body.state).toBe('halted');
    await fixture.server.post(`/v1/rollouts/${id}/resume`, { reason: 'two full disks' });
    await fixture.after(0);
    expect((await fixture.show(id)).body.state).toBe('active');
    // One that gave up is not offered it again.
    expect(await told([one])).toEqual([]);
    for (const device of others) await device.says('installed', { healthy: true });
    await fixture.after(0);
    expect((await fixture.show(id)).body.state).toBe('active');
    await three.says('failed');
    for (const device of others.slice(0, 2)) await device.says('installed', { healthy: false });
    await fixture.after(0);
    expect((await fixture.show(id)).body.state).toBe('halted');
  });

  it('take the emergency lane only where the plan has one, and somebody else approves it in time', async () => {
    const lane = { soakHours: 1, deferralCapDays: 1, approveWithinHours: 8 };
    const release = await fixture.publish('2026.12.0');
    const slow = planOf([ring('all', { offsetDays: 30 })]);
    const emergency = { reason: 'exploited in the wild' };
    const without = await fixture.plan(slow);
    const refused = await fixture.server.post('/v1/rollouts', {
      planId: without,
      releaseSha256: release,
      emergency,
    });
    expect(refused.body.code).toBe('FLEET_ROLLOUT_EMERGENCY_NOT_ALLOWED');
    const [device] = await fixture.devices(1);
    const id = await fixture.begin(await fixture.plan({ ...slow, emergency: lane }), release, { emergency });
    expect((await device?.checkIn())?.deadline).toBe(fixture.at(24));
    const approve = (token?: string) =>
      fixture.server.post(`/v1/rollouts/${id}/approve-emergency`, { reason: 'seen' }, token);
    expect((await approve()).body.code).toBe('FLEET_ROLLOUT_APPROVER_SAME');
    const wanted = { agencyId: fixture.owner.id, label: 'second', scopes: ['fleet:write'] };
    const second = (await fixture.server.post('/v1/tokens', wanted)).body.secret;
    await fixture.after(8);
    expect((await fixture.show(id)).body).toMatchObject({
      state: 'halted',
      decisions: [{ code: 'unapproved' }, {}],
    });
    expect((await approve(second)).status).toBe(204);
    await fixture.server.post(`/v1/rollouts/${id}/resume`, { reason: 'approved' });
    await fixture.after(0);
    const { body } = await fixture.show(id);
    expect(body).toMatchObject({ state: 'active', emergency: { approvedAt: fixture.at(8) } });
  });

  it('of a release that not every party has approved yet take the emergency lane, or wait', async () => {
    const lane = { soakHours: 1, deferralCapDays: 1, approveWithinHours: 8 };
    const release = await fixture.publish('2026.12.1');
    const approvedUntil = (emergency_until: Date | null) =>
      fixture.server.database
        .open()
        .transaction({ agencyPath: '/', actor: 'test' }, (trx) =>
          trx.updateTable('release_release').set({ emergency_until }).where('sha256', '=', release).execute(),
        );
    await approvedUntil(new Date(fixture.at(48)));
    const planId = await fixture.plan({ ...planOf([ring('all')]), emergency: lane });
    const begin = (more: object = {}) =>
      fixture.server.post('/v1/rollouts?dryRun=true', { planId, releaseSha256: release, ...more });
    expect(await begin()).toMatchObject({
      status: 409,
      body: { code: 'FLEET_ROLLOUT_RELEASE_EMERGENCY', params: { until: fixture.at(48) } },
    });
    const emergency = { reason: 'exploited in the wild' };
    expect((await begin({ emergency })).status).toBe(201);
    await approvedUntil(null);
    for (const more of [{}, { emergency }]) expect((await begin(more)).status).toBe(201);
  });

  it('are told all that is wrong with a plan', async () => {
    const bad = planOf([
      ring('one', { afterRing: 'two', select: { agencyPath: `/${'0'.repeat(26)}/` } }),
      ring('one', {
        installWindows: { timeZone: 'Mars/Base', weekly: [{ days: [1], from: '01:00', to: '02:00' }] },
      }),
    ]);
    const { status, body } = await fixture.server.post('/v1/ring-plans', {
      environment: 'production',
      plan: bad,
    });
    expect(status).toBe(422);
    expect(body.code).toBe('FLEET_RING_PLAN_INVALID');
    expect(body.errors.map(({ code }: { code: string }) => code)).toEqual([
      'FLEET_RING_ORDER_INVALID',
      'FLEET_RING_SELECTOR_OUTSIDE',
      'FLEET_RING_NAME_TAKEN',
      'FLEET_TIME_ZONE_UNKNOWN',
    ]);
  });

  it('begin one rollout when they ask twice, and none where another covers the same devices', async () => {
    await fixture.devices(1);
    const planId = await fixture.plan(canaryFirst);
    expect(await fixture.plan(canaryFirst)).toBe(planId);
    const release = await fixture.publish('2026.12.0');
    const id = fixture.context.ids.id();
    expect(await fixture.begin(planId, release, { id })).toBe(id);
    expect(await fixture.begin(planId, release, { id })).toBe(id);
    const below = await fixture.agency(fixture.owner.id);
    const own = await fixture.server.post(
      '/v1/ring-plans',
      { environment: 'own', plan: canaryFirst },
      below.token,
    );
    const wanted = { planId: own.body.id, releaseSha256: release };
    const overlapping = await fixture.server.post('/v1/rollouts', wanted, below.token);
    expect(overlapping.body).toMatchObject({ code: 'FLEET_ROLLOUT_OVERLAPS', params: { state: 'active' } });
    const foreign = await fixture.server.post(
      '/v1/rollouts',
      { planId, releaseSha256: release },
      below.token,
    );
    expect(foreign.body.code).toBe('FLEET_RING_PLAN_UNKNOWN');
  });
});

describe('an agency below', () => {
  it('slows a rollout down for its own devices until the cap, and never decides about it', async () => {
    const ministry = await fixture.agency(fixture.owner.id);
    const office = await fixture.agency(ministry.id);
    const [own] = await fixture.devices(1, office.token);
    const [other] = await fixture.devices(1);
    const devices = [own, other] as FleetDevice[];
    const plan = planOf([ring('all')], { deferralCapDays: 5 });
    const id = await fixture.begin(await fixture.plan(plan), await fixture.publish('2026.12.0'));
    const defer = (body: object, token = ministry.token) => put(`/v1/rollouts/${id}/deferral`, body, token);

    for (const path of ['pause', 'stop', 'resume']) {
      const refused = await fixture.server.post(
        `/v1/rollouts/${id}/${path}`,
        { reason: 'x' },
        ministry.token,
      );
      expect(refused.body.code).toBe('FLEET_ROLLOUT_UNKNOWN');
    }
    expect((await defer({ delayDays: 6 })).body.code).toBe('FLEET_DEFERRAL_BEYOND_CAP');
    expect((await defer({ agencyId: fixture.owner.id, delayDays: 1 })).body.code).toBe(
      'ORGANISATION_AGENCY_UNKNOWN',
    );
    expect((await defer({ delayDays: 1 }, fixture.owner.token)).body.code).toBe('FLEET_DEFERRAL_HASTENS');
    expect((await defer({ isPaused: true })).status).toBe(200);
    // The office cannot shorten what the ministry above it said.
    expect((await defer({ delayDays: 0 }, office.token)).status).toBe(200);

    expect(await told(devices)).toEqual([other]);
    const shown = (await fixture.show(id, office.token)).body;
    expect(group(shown, 'all')).toMatchObject({ planned: 1, deferred: 1, pending: 0 });
    expect(shown.explanation).toEqual([]);
    expect(shown.deferrals).toMatchObject([{ agencyPath: ministry.path, isPaused: true }]);
    expect(group((await fixture.show(id)).body, 'all')).toMatchObject({
      planned: 2,
      deferred: 1,
      pending: 1,
    });

    await fixture.after(5 * 24 - 1);
    expect(await told(devices)).toEqual([other]);
    await fixture.after(1);
    // The cap ends every deferral by itself.
    expect(await told(devices)).toEqual(devices);
  });

  it('makes windows smaller, not other ones', async () => {
    const ministry = await fixture.agency(fixture.owner.id);
    const [own] = await fixture.devices(1, ministry.token);
    const daily = (from: string, to: string) => ({
      timeZone: 'UTC',
      weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from, to }],
    });
    const plan = planOf([ring('all', { installWindows: daily('18:00', '23:00') })]);
    const id = await fixture.begin(await fixture.plan(plan), await fixture.publish('2026.12.0'));
    const defer = (installWindows: object) =>
      put(`/v1/rollouts/${id}/deferral`, { installWindows }, ministry.token);
    const never = await defer(daily('08:00', '09:00'));
    expect(never.body).toMatchObject({
      code: 'FLEET_RING_PLAN_INVALID',
      errors: [{ code: 'FLEET_WINDOW_NEVER_OPENS' }],
    });
    expect((await defer(daily('22:00', '04:00'))).status).toBe(200);
    expect((await own?.checkIn())?.installWindow).toEqual({
      from: fixture.at(14),
      to: fixture.at(15),
    });
  });
});

describe('selecting', () => {
  it('takes sectors from the agency or the nearest above, and devices that come later by their position', async () => {
    const grid = await fixture.agency(fixture.owner.id, 'energy');
    const plant = await fixture.agency(grid.id);
    const inSector = await fixture.devices(2, plant.token);
    const others = await fixture.devices(2);
    const plan = planOf([ring('energy', { select: { sector: 'energy' } })]);
    const id = await fixture.begin(await fixture.plan(plan), await fixture.publish('2026.12.0'));
    expect(await told([...inSector, ...others])).toEqual(inSector);
    expect((await fixture.show(id)).body.unassigned).toBe(2);
    const later = await laterDevice(plant.token);
    expect(await told([later])).toEqual([later]);
    expect(group((await fixture.show(id)).body, 'energy')).toMatchObject({ planned: 3, pending: 3 });
  });

  async function laterDevice(token: string): Promise<FleetDevice> {
    fixture.server.clock.advance(60);
    return (await fixture.devices(1, token))[0] as FleetDevice;
  }

  it('is simulated with the fleet there is', async () => {
    const devices = await fixture.devices(10);
    await Promise.all(devices.slice(0, 8).map((device) => device.checkIn()));
    const planId = await fixture.plan(canaryFirst);
    const wanted = { planId, edition: 'gov-base', channel: 'stable', failurePercent: 0 };
    const { status, body } = await fixture.server.post('/v1/rollouts/simulate', wanted);
    expect(status).toBe(200);
    expect(body.assumptions).toEqual({
      devices: 10,
      offline: 2,
      unassigned: 0,
      failurePercent: 0,
      answerHours: 24,
    });
    expect(body.state).toBe('done');
    expect(body.days[0]).toMatchObject({
      day: fixture.at(0).slice(0, 10),
      offered: 4,
      decisions: [{ code: 'opened' }],
    });
    expect((await fixture.server.get('/v1/rollouts', fixture.owner.token)).body.rollouts).toEqual([]);
  });
});

async function put(path: string, body: object, token = fixture.server.operatorToken) {
  const response = await fetch(fixture.server.url + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  return { status: response.status, body: (await response.json()) as any };
}
