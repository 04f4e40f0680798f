import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../files/command.ts';
import { buildGuard } from '../testing/antivirus-lab.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { installPackage } from './packages.ts';

let device: TestDevice;
let workshop: string;
beforeEach(() => {
  device = testDevice({ now: new Date() });
  workshop = mkdtempSync(join(tmpdir(), 'imprint-packages-'));
  for (const name of ['info', 'updates', 'triggers'])
    mkdirSync(join(device.root, 'var/lib/dpkg', name), { recursive: true });
  writeFileSync(join(device.root, 'var/lib/dpkg/status'), '');
});
afterEach(() => {
  device.dispose();
  rmSync(workshop, { recursive: true, force: true });
});

const install = (bytes: Uint8Array) => {
  const file = join(workshop, 'package.deb');
  writeFileSync(file, bytes);
  installPackage({ ...device, run: runCommand }, 'guard-antivirus', file);
};
const isThere = () => existsSync(join(device.root, 'usr/lib/imprint/antivirus/guard'));

test('a newer version that cannot be installed leaves the one that protects', () => {
  install(buildGuard(workshop));
  expect(isThere()).toBe(true);
  const next = buildGuard(workshop, '2.2');
  const failed = expect.objectContaining({ code: 'AGENT_ANTIVIRUS_INSTALL_FAILED' });
  expect(() => install(next.subarray(0, next.length / 2))).toThrow(failed);
  expect(isThere()).toBe(true);
  install(next);
  expect(isThere()).toBe(true);
});
