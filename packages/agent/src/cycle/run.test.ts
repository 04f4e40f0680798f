import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceReport } from '@imprint/protocol';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadDeviceKey } from '../message/key.ts';
import { type Progress, progressRecord } from '../patch/progress.ts';
import { integrityRecord, reportRecord } from '../state/records.ts';
import { type Fault, faultyFiles, type TestDevice, testDevice } from '../testing/device.ts';
import { after, type Ceremony, holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { fakeWindows } from '../testing/windows.ts';
import { runCycle, runWhenDue, startUp } from './run.ts';

const now = new Date('2026-11-23T06:00:00Z');
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;

beforeAll(() => {
  ceremony = holdCeremony(now, 'intl');
});
beforeEach(async () => {
  server = await startServer();
  server.tree = publish(ceremony, { now }).tree;
  device = newDevice();
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

function newDevice(options: Parameters<typeof testDevice>[0] = {}): TestDevice {
  const made = testDevice({ now, server: server.url, ...options });
  pinRoot(made, ceremony);
  made.credentials({ 'imprint.enrol-token': 'enr_1_secret\n' });
  return made;
}

const reports = () => server.checkIns.map(({ report }) => report as DeviceReport);
const announced = () => readFileSync(join(device.runtimeDir ?? '', 'next-seconds'), 'utf8');

describe('a cycle', () => {
  test('of a new device enrols, reports at once, verifies, and reports the result', async () => {
    expect(await runCycle(device)).toEqual({ end: 'directed', nextSeconds: 600 });
    expect(server.enrolments).toMatchObject([
      { token: 'enr_1_secret', edition: 'gov-base', channel: 'stable' },
    ]);
    expect(server.checkIns.map(({ counter }) => counter)).toEqual([1, 2]);
    expect(reports().map(({ release, integrity }) => [release.state, integrity.state])).toEqual([
      ['ok', 'unknown'],
      ['ok', 'ok'],
    ]);
    expect(announced()).toBe('600\n');
    expect(reportRecord.load(device.files)?.counter).toBe(2);
  });

  test('soon after the first does not verify again, a day later it does', async () => {
    await runCycle(device);
    device.setNow(after(now, 0.5));
    await runCycle(device);
    expect(server.checkIns).toHaveLength(3);
    device.setNow(after(now, 1.1));
    await runCycle(device);
    expect(server.checkIns).toHaveLength(5);
    expect(integrityRecord.load(device.files)?.verifiedAt).toBe(after(now, 1.1).toISOString());
  });

  test('verifies again what an installation changed since, not while it is under way', async () => {
    await runCycle(device);
    const target = {
      ...{ releaseSha256: 'aa'.repeat(32), version: '2', sequence: 2 },
      deadline: after(now, 3).toISOString(),
    };
    const progress = { target, since: now.toISOString(), attempts: 0 };
    const verifiedAt = async (days: number, patching: Pick<Progress, 'step' | 'leftover' | 'tidiedAt'>) => {
      progressRecord.save(device.files, { ...progress, ...patching });
      device.setNow(after(now, days));
      await runCycle(device);
      return integrityRecord.load(device.files)?.verifiedAt;
    };
    const day = (days: number) => after(now, days).toISOString();
    expect(await verifiedAt(1.1, { step: 'installing' })).toBe(day(0));
    expect(await verifiedAt(1.2, { step: 'restart-needed', leftover: ['linux-image-1'] })).toBe(day(0));
    expect(await verifiedAt(1.3, { step: 'installed', leftover: [] })).toBe(day(1.3));
    expect(await verifiedAt(1.4, { step: 'installed', leftover: [], tidiedAt: day(1.35) })).toBe(day(1.4));
    expect(await verifiedAt(1.5, { step: 'installed', leftover: [], tidiedAt: day(1.35) })).toBe(day(1.4));
    expect(await verifiedAt(3.1, { step: 'installing' })).toBe(day(3.1));
    // Of a clock that was ahead then: it is not verified anew in each cycle until that instant comes.
    expect(await verifiedAt(3.2, { step: 'installed', leftover: [], tidiedAt: day(9) })).toBe(day(3.1));
  });

  test('uses the address the provisioning credential gives, and remembers it', async () => {
    device.dispose();
    device = newDevice({ server: 'http://127.0.0.1:9' });
    device.credentials({ 'imprint.server': `${server.url}/` });
    await runCycle(device);
    device.credentials({ 'imprint.server': '' });
    expect((await runCycle(device)).end).toBe('directed');
  });

  test('without token or enrolment sends nothing', async () => {
    device.credentials({ 'imprint.enrol-token': '' });
    expect(await runCycle(device)).toEqual({ end: 'not-enrolled', nextSeconds: 300 });
    expect(server.requests).toEqual([]);
  });

  test('reports a refused release with its code, and verifies nothing against it', async () => {
    server.tree = publish(ceremony, { now, approvedBy: [] }).tree;
    expect((await runCycle(device)).end).toBe('directed');
    expect(reports()).toMatchObject([
      { release: { state: 'failing', code: 'TRUST_APPROVAL_MISSING' }, integrity: { state: 'unknown' } },
    ]);
  });
});

describe('a server that does not accept', () => {
  const refuse = (status: number, code: string, more: object = {}, headers = {}) => {
    server.replies.push({ status, body: { code, title: code, status, ...more }, headers });
  };
  beforeEach(async () => {
    await runCycle(device);
    server.checkIns.length = 0;
  });

  test('is tried again later and later, until it accepts', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      refuse(503, 'FLEET_OVERLOADED');
      waits.push((await runCycle(device)).nextSeconds);
    }
    expect(waits).toEqual([2, 4, 8, 16]);
    expect((await runCycle(device)).nextSeconds).toBe(600);
    refuse(503, 'FLEET_OVERLOADED');
    expect((await runCycle(device)).nextSeconds).toBe(2);
  });

  test('and says when to come back is obeyed', async () => {
    refuse(503, 'FLEET_OVERLOADED', {}, { 'retry-after': '120' });
    expect((await runCycle(device)).nextSeconds).toBe(180);
  });

  test('because another holder of the key went further gets a message above that', async () => {
    refuse(409, 'FLEET_DEVICE_CONFLICT', { params: { counter: 41 } });
    expect((await runCycle(device)).end).toBe('directed');
    expect(server.checkIns.map(({ counter }) => counter)).toEqual([3, 42]);
  });

  test('because it has the message already is content', async () => {
    refuse(409, 'FLEET_CHECK_IN_REPLAYED');
    expect((await runCycle(device)).end).toBe('directed');
  });

  test('because it does not know the device enrols it anew with the same key', async () => {
    const before = loadDeviceKey(device)?.deviceId;
    refuse(404, 'FLEET_DEVICE_UNKNOWN');
    expect((await runCycle(device)).end).toBe('failed');
    expect((await runCycle(device)).end).toBe('directed');
    expect(server.enrolments).toHaveLength(2);
    expect(loadDeviceKey(device)?.deviceId).toBe(before);
  });

  test('and lies about the wait is not believed beyond a week', async () => {
    server.replies.push({ status: 200, body: { nextCheckInSeconds: 1e15 } });
    expect((await runCycle(device)).nextSeconds).toBe(7 * 86_400);
  });
});

/** Every durable write of a first cycle, each lost and each kept but reported lost. */
const writes = ['device-key', 'enrolment.json', 'counter.json', 'release.json', 'running-release.json'];
const faults: Fault[] = ['lost', 'kept but reported lost'];
const cases = writes.flatMap((name) => faults.map((fault) => [name, fault] as const));

describe('an interrupted write', () => {
  test.each(cases)('of %s, %s: the next cycle finishes, no counter is used twice', async (name, fault) => {
    const faulty = { ...device, files: faultyFiles(device.files, name, fault) };
    expect((await runCycle(faulty)).end).toBe('failed');
    expect((await runCycle(device)).end).toBe('directed');
    const counters = server.checkIns.map(({ counter }) => counter as number);
    expect(counters).toEqual([...new Set(counters)].sort((a, b) => a - b));
    expect(reports().at(-1)).toMatchObject({ release: { state: 'ok' }, integrity: { state: 'ok' } });
    expect(server.enrolments.length).toBe(name === 'enrolment.json' && fault === 'lost' ? 2 : 1);
  });

  test('of the counter sends nothing', async () => {
    const faulty = { ...device, files: faultyFiles(device.files, 'counter.json', 'lost') };
    await runCycle(faulty);
    expect(server.checkIns).toEqual([]);
  });

  test('a damaged counter is an error that names it, never a counter used twice', async () => {
    await runCycle(device);
    device.files.write('counter.json', Buffer.from('{"counter":"'));
    const { end, error } = await runCycle(device);
    expect({ end, error }).toMatchObject({ end: 'failed', error: { code: 'AGENT_STATE_CORRUPT' } });
    expect(server.checkIns).toHaveLength(2);
  });
});

describe('an answer that gets lost', () => {
  test('to an enrolment is asked for again with the same key and token', async () => {
    let attempts = 0;
    server.overrides.set('/v1/enrol', (request) => {
      attempts += 1;
      server.overrides.delete('/v1/enrol');
      request.socket.destroy();
    });
    expect((await runCycle(device)).end).toBe('failed');
    const key = loadDeviceKey(device)?.deviceId;
    expect((await runCycle(device)).end).toBe('directed');
    expect([attempts, loadDeviceKey(device)?.deviceId]).toEqual([1, key]);
  });

  test('to a check-in costs a counter, not a report', async () => {
    server.overrides.set('/v1/check-in', (request) => {
      server.overrides.delete('/v1/check-in');
      request.socket.destroy();
    });
    expect((await runCycle(device)).end).toBe('failed');
    await runCycle(device);
    expect(server.checkIns.map(({ counter }) => counter)).toEqual([2, 3]);
  });
});

describe('a start', () => {
  test('of a new device begins at once', async () => {
    expect((await startUp(device)).end).toBe('directed');
  });

  test('of an enrolled device only draws a wait', async () => {
    await runCycle(device);
    const { length } = server.requests;
    expect(await startUp(device)).toEqual({ end: 'started', nextSeconds: 15 });
    expect(announced()).toBe('15\n');
    expect(server.requests).toHaveLength(length);
  });
});

describe('on Windows, where a scheduler asks every few minutes', () => {
  const windows = fakeWindows();

  test('a cycle sets the edition up before it enrols, and runs again only when its time has come', async () => {
    const made = newDevice({ platform: windows.platform });
    const check = {
      kind: 'registry',
      root: 'HKLM',
      key: 'SOFTWARE\\P',
      name: 'L',
      type: 'dword',
      expected: '0',
    };
    const policy = { id: 'telemetry', intended: 'none', source: 'manifest#/x', observe: [check] };
    made.put(windows.platform.paths.policy, JSON.stringify([policy]));
    try {
      expect(await runWhenDue(made)).toEqual({ end: 'directed', nextSeconds: 600 });
      expect(reports()[0]?.policy).toMatchObject([{ id: 'telemetry', state: 'ok' }]);
      expect(server.enrolments).toMatchObject([{ hostname: 'DESK-1' }]);
      expect(server.checkIns[0]).toMatchObject({ bootId: 'windows-boot-7' });
      made.setNow(new Date(now.getTime() + 599_000));
      expect(await runWhenDue(made)).toEqual({ end: 'waiting', nextSeconds: 1 });
      made.setNow(new Date(now.getTime() + 600_000));
      expect(await runWhenDue(made)).toMatchObject({ end: 'directed' });
    } finally {
      made.dispose();
    }
  });
});
