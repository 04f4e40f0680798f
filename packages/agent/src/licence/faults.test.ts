import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCycle } from '../cycle/run.ts';
import { enrolAnew } from '../message/enrol.ts';
import { loadDeviceKey } from '../message/key.ts';
import { enrolmentRecord } from '../state/records.ts';
import { type Fault, faultyFiles, type TestDevice, testDevice } from '../testing/device.ts';
import { type LeaseDesk, openDesk } from '../testing/lease-desk.ts';
import { type Ceremony, holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { acceptLease } from './accept.ts';
import { readLicenceUnder } from './read.ts';
import { offlineRequest, openRequest } from './request.ts';

const now = new Date('2026-11-23T06:00:00Z');
const ceremony: Ceremony = holdCeremony(now, 'intl', { isLicensed: true });
let server: TestServer;
let device: TestDevice;
let desk: LeaseDesk;

beforeEach(async () => {
  server = await startServer();
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
  device.credentials({ 'imprint.enrol-token': 'enr_1_secret' });
  desk = openDesk(ceremony, { now: () => now });
  server.desk = desk;
  server.tree = publish(ceremony, { now }).tree;
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

const faults: Fault[] = ['lost', 'kept but reported lost'];
const each = (names: readonly string[]) =>
  names.flatMap((name) => faults.map((fault) => [name, fault] as const));
const licence = () => readLicenceUnder(device, ceremony.root);

async function takeAnswer(from: TestDevice | typeof device, message: string) {
  const { lease } = await desk.answer(message);
  const deviceId = loadDeviceKey(from)?.deviceId ?? '';
  return acceptLease(from, readLicenceUnder(from, ceremony.root), lease, deviceId);
}

describe('an interrupted write of an activation by hand', () => {
  test.each(each(['device-key', 'licence/request.json']))(
    '%s, %s: the next request is the one there is',
    (name, fault) => {
      const faulty = { ...device, files: faultyFiles(device.files, name, fault) };
      expect(() => offlineRequest(faulty, ceremony.root, {})).toThrow(name);
      const first = offlineRequest(device, ceremony.root, {});
      const second = offlineRequest(device, ceremony.root, { rebind: true });
      expect(second.request).toMatchObject({ nonce: first.request.nonce, rebind: true });
    },
  );

  test.each(each(['licence/lease.json']))(
    '%s, %s: the same answer is taken once more',
    async (name, fault) => {
      const { message } = offlineRequest(device, ceremony.root, {});
      const faulty = { ...device, files: faultyFiles(device.files, name, fault) };
      await expect(takeAnswer(faulty, message)).rejects.toThrow(name);
      expect(licence().state).toBe(fault === 'lost' ? 'unactivated' : 'active');
      expect((await takeAnswer(device, message)).generation).toBe(1);
      expect(licence()).toMatchObject({ state: 'active', lease: { generation: 1 } });
      expect(openRequest(device, licence())).toBeUndefined();
      expect(new Set(desk.requests.map(({ nonce }) => nonce)).size).toBe(1);
    },
  );
});

describe('an interrupted write while a copy becomes a device of its own', () => {
  test.each(each(['device-key.next', 'device-key', 'enrolment.json']))(
    '%s, %s: it is the one or the other, goes on with the same new key, and is a device of its own',
    async (name, fault) => {
      await runCycle(device);
      const before = loadDeviceKey(device)?.deviceId;
      const faulty = { ...device, files: faultyFiles(device.files, name, fault) };
      await expect(enrolAnew(faulty, 'enr_2_secret')).rejects.toThrow(name);
      expect((await runCycle(device)).end).toBe('directed');
      const { deviceId } = await enrolAnew(device, 'enr_2_secret');
      expect(deviceId).not.toBe(before);
      expect(loadDeviceKey(device)?.deviceId).toBe(deviceId);
      expect(enrolmentRecord.load(device.files)?.deviceId).toBe(deviceId);
      // Where all was written there was nothing to go on with: it has become yet another one, as it was asked to.
      const isDone = name === 'enrolment.json' && fault === 'kept but reported lost';
      expect(new Set(server.enrolledIds).size).toBe(isDone ? 3 : 2);
      device.setNow(new Date(now.getTime() + 86_400_000));
      expect((await runCycle(device)).end).toBe('directed');
      expect(licence()).toMatchObject({ state: 'active', deviceId });
    },
  );
});
