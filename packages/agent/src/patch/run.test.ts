import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { observeRollout } from '../observe/rollout.ts';
import { readEdition } from '../settings.ts';
import { differences, directedDevice, patch } from '../testing/patch-device.ts';
import { openPatchFleet, type PatchFleet } from '../testing/patch-fleet.ts';
import { startServer, type TestServer } from '../testing/server.ts';

const now = new Date('2026-11-23T06:00:00Z');
let server: TestServer;
let fleet: PatchFleet;

beforeAll(async () => {
  server = await startServer();
  const settings = { server: server.url, edition: 'gov-base', channel: 'stable' };
  fleet = await openPatchFleet(now, JSON.stringify(settings));
}, 60_000);
afterAll(async () => {
  fleet.dispose();
  await server.close();
});
beforeEach(() => {
  server.overrides.clear();
  server.contentBytes = 0;
});

describe('a patch run', () => {
  test('brings the old release to the new one, byte for byte, and says that it is healthy', async () => {
    const device = await directedDevice(fleet, server);
    const outcome = await patch(device);
    expect(outcome.error).toBeUndefined();
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    expect(readEdition(device).version).toBe('2026.11.2');
    expect(differences(device, fleet, 2)).toEqual([]);
    expect(existsSync(join(device.stateDir, 'patch'))).toBe(false);
    expect(existsSync(join(device.runtimeDir ?? '', 'report-due'))).toBe(true);
    expect(device.lines.map((line) => line.split(':')[0])).toEqual([
      'download',
      'install',
      'conclude',
      'check-health',
      'rest',
    ]);
    expect(readFileSync(join(device.root, 'etc/app.conf'), 'utf8')).toBe('version = 2.0\n');
  });
});
