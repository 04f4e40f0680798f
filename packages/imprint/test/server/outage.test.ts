import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../../src/platform/database/cluster.ts';
import { withClient } from '../../src/platform/database/provision.ts';
import { openLog } from '../../src/platform/log.ts';
import { readSettings } from '../../src/platform/settings.ts';
import { startServer } from '../../src/server/index.ts';
import { serverProcess } from '../support/server-process.ts';
import { testDevice } from '../support/test-device.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

describe('a server whose queue is full', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer({ IMPRINT_CHECK_IN_QUEUE: '1', IMPRINT_DATABASE_CONNECTIONS: '2' });
  });
  afterAll(() => server.close());

  it('tells devices when to come back, and loses none of those it takes', async () => {
    const now = server.clock.now();
    const devices = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const device = testDevice();
        const token = (await server.post('/v1/enrolment-tokens', {})).body.secret;
        await server.post('/v1/enrol', { message: device.enrolment(token, now) }, '');
        await server.post('/v1/check-in', { message: device.checkIn(1, now) }, '');
        return device;
      }),
    );
    const messages = devices.map((device) => device.checkIn(2, now));
    const answers = await Promise.all(
      messages.map((message) => server.post('/v1/check-in', { message }, '')),
    );
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'FLEET_OVERLOADED' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (const [index, { status }] of answers.entries()) {
      const { body } = await server.get(`/v1/devices/${devices[index]?.id}`);
      if (status === 200) expect(body.counter).toBe(2);
      else expect(body.counter).not.toBe(2);
    }
  });
});

describe('a server whose database goes away', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer();
  });
  afterAll(() => server.close());

  const allowConnections = (allowed: boolean) =>
    withClient({ ...server.database.superuser, database: 'postgres' }, async (client) => {
      const { database } = server.database.superuser;
      await client.query(`ALTER DATABASE ${String(database)} ALLOW_CONNECTIONS ${allowed}`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        database,
      ]);
    });

  it('lives, says that it is not ready, and is ready again when the database is back', async () => {
    expect((await server.get('/readyz', '')).status).toBe(200);
    await allowConnections(false);
    expect(await server.get('/readyz', '')).toMatchObject({ status: 503, body: { code: 'DB_UNAVAILABLE' } });
    const refused = await server.get('/v1/devices');
    expect(refused).toMatchObject({ status: 503, body: { code: 'DB_UNAVAILABLE' } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await server.get('/healthz', '')).status).toBe(200);
    await allowConnections(true);
    expect((await server.get('/readyz', '')).status).toBe(200);
    expect((await server.get('/v1/devices')).status).toBe(200);
  });
});

describe('a server with a database of its own', () => {
  it('finds everything again after kill -9, and leaves nothing running when told to stop', async () => {
    const home = await mkdtemp(join(tmpdir(), 'imprint-own-'));
    await chmod(home, 0o711);
    const environment = { IMPRINT_HOME: home };
    try {
      const first = await serverProcess(environment);
      const token = (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim();
      const agencies = async (url: string) =>
        (await ask(`${url}/v1/agencies`, { headers: { authorization: `Bearer ${token}` } })).body.agencies;
      const before = await agencies(first.url);
      expect(before).toHaveLength(1);
      const pidFile = join(home, 'database', 'cluster', 'data', 'postmaster.pid');
      const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
      await first.end('SIGKILL');
      process.kill(pid, 0);

      const second = await serverProcess(environment);
      expect(await agencies(second.url)).toEqual(before);
      expect(Number((await readFile(pidFile, 'utf8')).split('\n')[0])).toBe(pid);
      expect(await second.end('SIGTERM')).toBe(0);
      expect(() => process.kill(pid, 0)).toThrow();
    } finally {
      await (await startCluster({ home, log: openLog('silent') })).stop();
      await rm(home, { recursive: true });
    }
  });
});

describe('a port somebody has', () => {
  it('is a coded refusal, and nothing stays behind', async () => {
    const server = await testServer();
    const settings = readSettings({ ...server.database.environment });
    const port = Number(new URL(server.url).port);
    const second = startServer({ home: server.home, port, settings, log: openLog('silent') });
    await expect(second).rejects.toMatchObject({ code: 'SERVER_PORT_TAKEN' });
    expect((await server.get('/readyz', '')).status).toBe(200);
    await server.close();
  });
});
