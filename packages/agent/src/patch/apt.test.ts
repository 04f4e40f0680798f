import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { holdAgain } from './apt.ts';
import { openPatchMachine, type PatchMachine } from './machine.ts';

let device: TestDevice;
let machine: PatchMachine;
const asked: (readonly string[])[] = [];
beforeEach(() => {
  device = testDevice({ now: new Date() });
  asked.length = 0;
  machine = {
    ...openPatchMachine(device),
    run: async (file, args) => {
      asked.push([file, ...args]);
      return { status: 0, tail: '' };
    },
  };
});
afterEach(() => device.dispose());

test('a held package that the release took away is not held again: apt-mark fails for what is not there', async () => {
  const paragraph = (name: string, status: string) =>
    `Package: ${name}\nStatus: ${status}\nArchitecture: all\nVersion: 1\n`;
  device.put(
    '/var/lib/dpkg/status',
    [paragraph('kept', 'install ok installed'), paragraph('gone', 'deinstall ok config-files')].join('\n'),
  );
  await holdAgain(device, machine, ['gone', 'kept', 'never']);
  expect(asked).toEqual([['apt-mark', 'hold', 'kept']]);
  await holdAgain(device, machine, ['gone']);
  expect(asked).toHaveLength(1);
});
