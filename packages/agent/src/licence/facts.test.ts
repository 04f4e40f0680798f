import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../files/command.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { startTpm } from '../testing/swtpm.ts';
import { tpmThroughTools } from '../tpm/tpm.ts';
import { readDeviceClass, readFacts } from './facts.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
});
afterEach(() => device.dispose());

test('facts are digests that name the same part the same way, and no part at all', () => {
  device.put('/sys/class/dmi/id/board_serial', 'PF1ABC23\n');
  device.put('/proc/meminfo', 'MemTotal:       16125892 kB\n');
  const facts = readFacts(device);
  expect(Object.keys(facts).sort()).toEqual(['board', 'memory']);
  expect(Object.values(facts)).toEqual([
    expect.stringMatching(/^[\w-]{16}$/),
    expect.stringMatching(/^[\w-]{16}$/),
  ]);
  expect(readFacts(device)).toEqual(facts);
  device.put('/sys/class/dmi/id/board_serial', 'PF1ABC24\n');
  expect(readFacts(device)).toMatchObject({ memory: facts.memory });
  expect(readFacts(device).board).not.toBe(facts.board);
});

test('a network card is no fact, whatever it is', () => {
  const before = readFacts(device);
  device.put('/sys/class/net/eth0/address', '52:54:00:12:34:56\n');
  device.put('/sys/class/net/docker0/address', '02:42:ac:11:00:01\n');
  expect(readFacts(device)).toEqual(before);
});

test('the endorsement key of a TPM is one, as long as the module answers', async () => {
  const module = await startTpm();
  try {
    const tpm = tpmThroughTools(module.tcti, runCommand, device.stateDir);
    const first = readFacts({ ...device, tpm });
    expect(first).toMatchObject({ tpm: expect.stringMatching(/^[\w-]{16}$/) });
    expect(readFacts({ ...device, tpm })).toEqual(first);
  } finally {
    await module.stop();
  }
  const gone = tpmThroughTools(module.tcti, runCommand, device.stateDir);
  expect(readFacts({ ...device, tpm: gone })).not.toHaveProperty('tpm');
  expect(device.lines.join()).toContain('endorsement key was not read');
});

test('the class of a device is its operator’s word, then its enclosure’s', () => {
  device.put('/sys/class/dmi/id/chassis_type', '10\n');
  expect(readDeviceClass(device)).toBe('laptop');
  const settings = { server: 'http://127.0.0.1:9', edition: 'gov-base', channel: 'stable' };
  device.put(device.platform.paths.settings, JSON.stringify({ ...settings, deviceClass: 'thin-client' }));
  expect(readDeviceClass(device)).toBe('thin-client');
  device.credentials({ 'imprint.device-class': 'server\n' });
  expect(readDeviceClass(device)).toBe('server');
  device.credentials({ 'imprint.device-class': 'spaceship' });
  expect(readDeviceClass(device)).toBe('laptop');
});
