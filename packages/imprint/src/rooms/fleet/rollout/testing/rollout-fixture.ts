import { createHash } from 'node:crypto';
import type { DeviceReport, RolloutStep, RolloutTarget } from '@imprint/protocol';
import { goodReport, testDevice } from '../../../../../test/support/test-device.ts';
import { type TestServer, testServer } from '../../../../../test/support/test-server.ts';
import { serviceContext } from '../../../../platform/database/index.ts';
import { randomIds } from '../../../../platform/ids.ts';
import type { RolloutContext } from '../context.ts';
import { advanceRollouts } from '../jobs.ts';
import type { RingPlan } from '../model.ts';
import type { ReleaseRef } from '../tables.ts';

/** A device that checks in with what a test lets it say, and does nothing by itself. */
export interface FleetDevice {
  readonly id: string;
  /** The version it runs, as it reports. */
  version: string;
  /** Checks in; answers what the server wants it to run. */
  checkIn(rollout?: DeviceReport['rollout']): Promise<RolloutTarget | undefined>;
  /** Checks in with a step of the target it was told last. */
  says(step: RolloutStep, more?: { healthy?: boolean; code?: string }): Promise<RolloutTarget | undefined>;
  /** Takes the target, runs it and says that it is healthy. */
  installs(): Promise<void>;
}

/** One agency with its devices, beside those of other tests; it begins on a Monday at 08:00 UTC. */
export interface Scene {
  readonly server: TestServer;
  readonly context: RolloutContext;
  /** Whose the rollouts are; the operator above it acts for it. */
  readonly owner: { id: string; path: string; token: string };
  /** The instant so many hours after the beginning. */
  at(hours: number): string;
  agency(parentId: string, sector?: string): Promise<{ id: string; path: string; token: string }>;
  devices(count: number, token?: string): Promise<FleetDevice[]>;
  /** Digest of the release of a version in this scene. */
  releaseOf(version: string): string;
  /** Publishes a release of gov-base/stable as the register would have it; the one before is superseded. */
  publish(version: string): Promise<string>;
  plan(plan: RingPlan, more?: object): Promise<string>;
  begin(planId: string, releaseSha256: string, more?: object): Promise<string>;
  /** Lets time pass and the engine decide. */
  after(hours: number): Promise<void>;
  show(id: string, token?: string): ReturnType<TestServer['get']>;
}

export interface RolloutFixture {
  scene(): Promise<Scene>;
  close(): Promise<void>;
}

/** A server with a database of its own, on which every test has a scene. */
export async function rolloutFixture(): Promise<RolloutFixture> {
  // The tests decide when the engine does.
  const options = { start: new Date('2026-03-02T08:00:00Z'), rolloutMs: 3_600_000 };
  const server = await testServer({}, options);
  const database = server.database.open();
  const context = { database, clock: server.clock, ids: randomIds(server.clock) };
  const [root] = (await server.get('/v1/agencies')).body.agencies;
  let sequence = 0;
  return {
    scene: () =>
      openScene(server, context, root.id, () => {
        sequence += 1;
        return sequence;
      }),
    close: async () => {
      await database.close();
      await server.close();
    },
  };
}

async function openScene(
  server: TestServer,
  context: RolloutContext,
  rootId: string,
  nextSequence: () => number,
): Promise<Scene> {
  server.clock.advance(secondsToMonday(server.clock.now()));
  const start = server.clock.now().getTime();
  const owner = await newAgency(server, rootId);
  const releaseOf = (version: string) => createHash('sha256').update(`${owner.id} ${version}`).digest('hex');
  return {
    server,
    context,
    owner,
    at: (hours) => new Date(start + hours * 3_600_000).toISOString(),
    agency: (parentId, sector) => newAgency(server, parentId, sector),
    devices: (count, token = owner.token) =>
      Promise.all(Array.from({ length: count }, () => enrolledDevice(server, token))),
    releaseOf,
    publish: async (version) => {
      await putRelease(context, { version, sha256: releaseOf(version), sequence: nextSequence() });
      return releaseOf(version);
    },
    plan: async (plan, more = {}) => {
      const wanted = { agencyId: owner.id, environment: 'production', plan, ...more };
      const made = await server.post('/v1/ring-plans', wanted);
      if (made.status !== 201) throw new TypeError(JSON.stringify(made.body));
      return made.body.id;
    },
    begin: async (planId, releaseSha256, more = {}) => {
      const begun = await server.post('/v1/rollouts', { planId, releaseSha256, ...more });
      if (begun.status !== 201) throw new TypeError(JSON.stringify(begun.body));
      await advanceRollouts(context);
      return begun.body.id;
    },
    after: async (hours) => {
      server.clock.advance(hours * 3600);
      await advanceRollouts(context);
    },
    show: (id, token) => server.get(`/v1/rollouts/${id}`, token),
  };
}

function secondsToMonday(now: Date): number {
  const monday = Date.parse('2026-03-02T08:00:00Z');
  const weekMs = 7 * 86_400_000;
  return (weekMs - ((now.getTime() - monday) % weekMs)) / 1000;
}

async function newAgency(server: TestServer, parentId: string, sector?: string): Promise<Scene['owner']> {
  const name = { en: 'An agency', 'zh-CN': '某机构' };
  const wanted = { parentId, kind: 'agency', name, ...(sector === undefined ? {} : { sector }) };
  const { id, path } = (await server.post('/v1/agencies', wanted)).body;
  const scopes = ['fleet:read', 'fleet:write'];
  const token = (await server.post('/v1/tokens', { agencyId: id, label: 'fleet', scopes })).body.secret;
  return { id, path, token };
}

async function putRelease(
  { database, clock }: RolloutContext,
  { version, sha256, sequence }: ReleaseRef,
): Promise<void> {
  await database.transaction(serviceContext('test'), async (trx) => {
    await trx
      .updateTable('release_release')
      .set({ state: 'superseded' })
      .where('state', '=', 'current')
      .execute();
    await trx
      .insertInto('release_release')
      .values({
        sha256,
        edition: 'gov-base',
        channel: 'stable',
        version,
        sequence,
        state: 'current',
        refusal: null,
        manifest: '{}',
        signed_by: ['operator', 'regulator'],
        expires_at: new Date(clock.now().getTime() + 365 * 86_400_000),
        loaded_at: clock.now(),
        changed_at: clock.now(),
      })
      .execute();
  });
}

async function enrolledDevice(server: TestServer, token?: string): Promise<FleetDevice> {
  const device = testDevice();
  const { secret } = (await server.post('/v1/enrolment-tokens', {}, token)).body;
  await server.post('/v1/enrol', { message: device.enrolment(secret, server.clock.now()) }, '');
  let counter = 0;
  let target: RolloutTarget | undefined;
  const self: FleetDevice = {
    id: device.id,
    version: '2026.11.0',
    checkIn: async (rollout) => {
      const now = server.clock.now();
      counter += 1;
      const good = goodReport(now);
      const edition = { ...good.edition, version: self.version };
      const report = { ...good, edition, ...(rollout === undefined ? {} : { rollout }) };
      const answer = await server.post(
        '/v1/check-in',
        { message: device.checkIn(counter, now, { report }) },
        '',
      );
      if (answer.status !== 200) throw new TypeError(JSON.stringify(answer.body));
      if (answer.body.target !== undefined) target = answer.body.target;
      return answer.body.target;
    },
    says: async (step, more = {}) => {
      if (target === undefined) throw new TypeError('the device was told no target');
      if (step === 'installed') self.version = target.version;
      return self.checkIn({
        releaseSha256: target.releaseSha256,
        step,
        since: server.clock.now().toISOString(),
        ...more,
      });
    },
    installs: async () => {
      await self.checkIn();
      await self.says('installed', { healthy: true });
    },
  };
  return self;
}
