import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { clamavDetections } from './clamav-log.ts';

const line = 'Thu Nov 26 02:52:46 2026 -> /home/a/x.com: Eicar FOUND\n';
const log = '/var/log/clamav/clamav.log';
let device: TestDevice;
beforeEach(() => {
  device = testDevice({ now: new Date() });
});
afterEach(() => device.dispose());

describe('the log, whose directory belongs to the daemon', () => {
  test('tells what was found', () => {
    device.put(log, line);
    expect(clamavDetections(device)).toMatchObject([{ path: '/home/a/x.com', signature: 'Eicar' }]);
  });

  test('is nothing that is waited for, where it is a pipe', () => {
    device.put('/var/log/clamav/other', '');
    execFileSync('mkfifo', [join(device.root, log)]);
    expect(clamavDetections(device)).toEqual([]);
  });

  test('is nothing that leads elsewhere', () => {
    device.put('/root/secret', line);
    device.put('/var/log/clamav/other', '');
    symlinkSync(join(device.root, 'root/secret'), join(device.root, log));
    expect(clamavDetections(device)).toEqual([]);
  });
});
