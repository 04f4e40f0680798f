import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceReport, RolloutTarget } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCycle } from '../cycle/run.ts';
import { targetRecord } from '../patch/target.ts';
import { antivirusDirectiveRecord, inventoryWishRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { type Ceremony, holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { keepDirections } from './directions.ts';

const now = new Date('2026-11-23T06:00:00Z');
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;

beforeAll(() => {
  ceremony = holdCeremony(now, 'intl');
});
beforeEach(async () => {
  server = await startServer();
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
  device.credentials({ 'imprint.enrol-token': 'enr_1_secret\n' });
  for (const program of ['apt-get', 'dpkg']) device.put(`/usr/bin/${program}`, '', 0o755);
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

const target = (more: Partial<RolloutTarget> = {}): RolloutTarget => ({
  ...{ releaseSha256: 'aa'.repeat(32), version: '2026.11.1', sequence: 2 },
  deadline: '2026-12-01T00:00:00.000Z',
  ...more,
});
const answer = (more: object) =>
  server.replies.push({ status: 200, body: { nextCheckInSeconds: 600, ...more } });
const lastRollout = () => (server.checkIns.at(-1)?.report as DeviceReport | undefined)?.rollout;
const isPatchAsked = () => existsSync(join(device.runtimeDir ?? '', 'patch-due'));

describe('what an answer directs', () => {
  test('is kept, a patch run is asked for, and the next report says how far it has come', async () => {
    const { tree, release } = publish(ceremony, {
      now,
      version: '2026.11.1',
      sequence: 2,
      lockSha256: 'cd'.repeat(32),
    });
    server.tree = tree;
    const directed = target({ releaseSha256: sha256Hex(release) });
    await runCycle(device);
    expect([targetRecord.load(device.files), isPatchAsked()]).toEqual([undefined, false]);
    answer({
      target: directed,
      antivirus: { provider: 'clamav', definitionsRing: 'stable' },
      wantsInventory: true,
    });
    await runCycle(device);
    expect(targetRecord.load(device.files)).toEqual({ target: directed, receivedAt: now.toISOString() });
    expect(antivirusDirectiveRecord.load(device.files)).toMatchObject({ provider: 'clamav' });
    expect(inventoryWishRecord.load(device.files)).toEqual({ wantedAt: now.toISOString() });
    expect(isPatchAsked()).toBe(true);
    await runCycle(device);
    const rollout = lastRollout();
    expect(rollout).toEqual({
      releaseSha256: directed.releaseSha256,
      step: 'waiting',
      since: now.toISOString(),
    });
  });

  test('and is not the release that verified here is reported as refused, and asks for no patch run', async () => {
    server.tree = publish(ceremony, { now }).tree;
    await runCycle(device);
    answer({ target: target() });
    await runCycle(device);
    expect(isPatchAsked()).toBe(false);
    await runCycle(device);
    const rollout = lastRollout();
    expect(rollout).toMatchObject({ step: 'waiting', code: 'AGENT_TARGET_NOT_VERIFIED' });
  });

  test.each([
    ['a window without a beginning', target({ installWindow: { to: 'never' } as never })],
    ['a deadline that is no time', target({ deadline: 'soon' })],
    ['a digest that is none', target({ releaseSha256: 'AA' })],
    ['a sequence of none', target({ sequence: 0 })],
    ['something else', 'now'],
  ])('with %s directs nothing', (_what, value) => {
    keepDirections(device, { target: target() });
    keepDirections(device, { target: value });
    expect(targetRecord.load(device.files)).toBeUndefined();
  });

  test('a damaged record of it costs nothing: it is written anew', () => {
    for (const name of ['target.json', 'inventory-wanted.json', 'antivirus.json'])
      device.files.write(name, Buffer.from('{"'));
    const antivirus = { provider: 'clamav', definitionsRing: 'stable' };
    keepDirections(device, { target: target(), wantsInventory: true, antivirus });
    expect(antivirusDirectiveRecord.load(device.files)).toEqual(antivirus);
    expect(targetRecord.load(device.files)).toMatchObject({ target: { version: '2026.11.1' } });
    expect(inventoryWishRecord.load(device.files)).toBeDefined();
  });

  test('damaged records of it keep no report from being sent, which is how they are written anew', async () => {
    await runCycle(device);
    for (const name of ['target.json', 'patching.json', 'antivirus.json', 'antivirus/outcome.json'])
      device.files.write(name, Buffer.from('{"'));
    answer({ target: target() });
    await runCycle(device);
    expect(targetRecord.load(device.files)).toMatchObject({ target: { version: '2026.11.1' } });
  });

  test('keeps the antivirus directive until there is another', () => {
    keepDirections(device, { antivirus: { provider: 'clamav', definitionsRing: 'stable' } });
    keepDirections(device, { antivirus: { provider: '../x', definitionsRing: 'stable' } });
    keepDirections(device, {});
    expect(antivirusDirectiveRecord.load(device.files)?.provider).toBe('clamav');
    expect(inventoryWishRecord.load(device.files)).toBeUndefined();
  });
});
