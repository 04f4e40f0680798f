import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { serverProcess } from '../support/server-process.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';
import { testDevice } from '../support/test-device.ts';
import { ask, jsonPost } from '../support/test-server.ts';

let database: TestDatabase;
let home: string;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  home = await mkdtemp(join(tmpdir(), 'imprint-kill-'));
  environment = { ...database.environment, IMPRINT_HOME: home };
});
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

/** Enrols devices as one statement would: what is tested here is what follows. */
async function enrolledDevices(count: number) {
  const devices = Array.from({ length: count }, testDevice);
  await withClient(database.superuser, async (client) => {
    const { rows } = await client.query('SELECT path FROM organisation_agency');
    for (const { id, enrolment } of devices) {
      const [header = ''] = enrolment('x', new Date()).split('.');
      const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
      await client.query(
        `INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
         VALUES ($1, $2, $3, 'gov-base', 'stable', 'desk', 'amd64', now())`,
        [id, rows[0].path, jwk],
      );
    }
  });
  return devices;
}

const storedCounters = () =>
  withClient(database.superuser, async (client) => {
    const { rows } = await client.query('SELECT device_id, counter FROM fleet_check_in');
    return new Map(rows.map(({ device_id, counter }) => [device_id, Number(counter)]));
  });

describe('a server killed under 300 parallel check-ins', () => {
  it('has stored every one it answered, and takes the rest when it is back', async () => {
    const first = await serverProcess(environment);
    const devices = await enrolledDevices(300);
    const answered = new Map<string, number>();
    let lastCounter = 0;
    const storm = devices.map(async (device) => {
      for (let counter = 1; counter <= 50; counter += 1) {
        lastCounter = Math.max(lastCounter, counter);
        const answer = await ask(
          `${first.url}/v1/check-in`,
          jsonPost({ message: device.checkIn(counter, new Date()) }),
        ).catch(() => undefined);
        if (answer === undefined) return;
        if (answer.status === 200) answered.set(device.id, counter);
      }
    });
    while (answered.size < 200) await sleep(5);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    await Promise.all(storm);

    const stored = await storedCounters();
    for (const [id, counter] of answered) expect(stored.get(id)).toBeGreaterThanOrEqual(counter);

    const second = await serverProcess(environment);
    const answers = await Promise.all(
      devices.map((device) =>
        ask(`${second.url}/v1/check-in`, jsonPost({ message: device.checkIn(lastCounter + 1, new Date()) })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(300);
    expect((await storedCounters()).size).toBe(300);
    expect(await second.end('SIGTERM')).toBe(0);
  });
});

describe('a server told to stop', () => {
  it('answers what it has begun, then ends with 0', async () => {
    const server = await serverProcess(environment);
    const devices = await enrolledDevices(40);
    const answers = devices.map((device) =>
      ask(`${server.url}/v1/check-in`, jsonPost({ message: device.checkIn(1, new Date()) })).catch(
        () => undefined,
      ),
    );
    await Promise.race(answers);
    expect(await server.end('SIGTERM')).toBe(0);
    const stored = await storedCounters();
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      if (answer?.status === 200) expect(stored.get(devices[index]?.id ?? '')).toBe(1);
      else expect([undefined, 503]).toContain(answer?.status);
    }
  });
});

describe('the operator token', () => {
  it('stays the same from start to start, and is replaced when it no longer counts', async () => {
    const file = join(home, 'run', 'operator-token');
    const start = async () => {
      const server = await serverProcess(environment);
      const token = await readFile(file, 'utf8');
      const authorization = `Bearer ${token.trim()}`;
      const answer = await ask(`${server.url}/v1/agencies`, { headers: { authorization } });
      expect(answer.status).toBe(200);
      await server.end('SIGTERM');
      return token;
    };
    const kept = await start();
    expect(await start()).toBe(kept);
    await rm(file);
    expect(await start()).not.toBe(kept);
  });
});
