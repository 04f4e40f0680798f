import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

const program = join(import.meta.dirname, '../../../../tools/fleet-simulator/main.ts');
const run = promisify(execFile);
const simulator = (...words: string[]) => run(process.execPath, [program, ...words]);

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

describe('the fleet simulator', () => {
  it('finds that the server answers every message, and every fault in one, as it should', async () => {
    const faults = 'duplicate=0.1,lost=0.1,skew=0.1,snapshot=0.1,silence=0.1';
    const target = ['--url', server.url, '--token', server.operatorToken];
    const size = ['--devices', '30', '--callers', '8', '--seconds', '3'];
    const { stdout } = await simulator(...target, ...size, '--faults', faults, '--json');
    const figures = JSON.parse(stdout);
    expect(figures.unexpected).toEqual({});
    expect(figures.enrolled).toBe(30);
    expect(figures.outcomes).toMatchObject({
      accepted: expect.any(Number),
      FLEET_CHECK_IN_REPLAYED: expect.any(Number),
      FLEET_CLOCK_SKEW: expect.any(Number),
      FLEET_DEVICE_CONFLICT: expect.any(Number),
    });
    await withClient(server.database.superuser, async (client) => {
      const { rows } = await client.query('SELECT count(*)::int AS stored FROM fleet_check_in');
      expect(rows[0].stored).toBe(30);
      // Thirty devices have few sets of packages: each was asked for, brought and stored once.
      const sets = await client.query('SELECT count(*)::int AS stored FROM fleet_inventory');
      expect(sets.rows[0].stored).toBeGreaterThan(0);
      expect(sets.rows[0].stored).toBeLessThanOrEqual(4);
    });
  });

  it('says in both languages how it is used, and refuses what it cannot read', async () => {
    expect((await simulator('--help', '--lang', 'en')).stdout).toContain('Simulates a fleet');
    expect((await simulator('--help', '--lang', 'zh-CN')).stdout).toContain('模拟设备群');
    await expect(simulator('--url', server.url, '--token', 'x', '--faults', 'fire=1')).rejects.toMatchObject({
      code: 2,
    });
    await expect(simulator('--url', 'http://127.0.0.1:1', '--token', 'x')).rejects.toMatchObject({ code: 4 });
  });
});
