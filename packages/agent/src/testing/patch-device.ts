import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RolloutTarget } from '@imprint/protocol';
import { type Device, openDevice } from '../device.ts';
import { openPatchMachine, type PatchMachine } from '../patch/machine.ts';
import { runPatch } from '../patch/run.ts';
import type { PatchPatience } from '../patch/run-model.ts';
import { targetRecord } from '../patch/target.ts';
import { refreshRelease } from '../release/refresh.ts';
import { scanRoot } from '../verify/scan.ts';
import type { PatchFleet, ReleaseNumber } from './patch-fleet.ts';
import type { TestServer } from './server.ts';

/** A device whose root is a real system entered by chroot. */
export interface PatchDevice extends Device {
  readonly lines: string[];
  setNow(now: Date): void;
  /** Names this start of the system. */
  boot(id: string): void;
  put(path: string, text: string): void;
}

export const impatient: PatchPatience = {
  ...{ settleMs: 0, steadyMs: 0, healthAgainMs: 3_600_000 },
  ...{ downloadAttempts: 2, retryMs: 0, warnMinutes: 10 },
};

/** Opens a fresh device of the fleet's first release. */
export function openPatchDevice(fleet: PatchFleet): PatchDevice {
  const root = fleet.freshRoot();
  const lines: string[] = [];
  const runtimeDir = join(root, 'run/imprint-agent');
  mkdirSync(runtimeDir, { recursive: true });
  let now = fleet.now;
  const opened = openDevice({
    root,
    env: { RUNTIME_DIRECTORY: runtimeDir },
    log: (line) => lines.push(line),
  });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const boot = (id: string) => put('/proc/sys/kernel/random/boot_id', `${id}\n`);
  boot('boot-1');
  return {
    ...opened,
    ...{ lines, put, boot },
    now: () => now,
    setNow: (instant) => {
      now = instant;
    },
  };
}

/** Has the device verify what is published, as its reports do, and directs it. */
export async function direct(device: Device, target: RolloutTarget | undefined): Promise<void> {
  await refreshRelease(device);
  if (target === undefined) targetRecord.clear(device.files);
  else targetRecord.save(device.files, { target, receivedAt: device.now().toISOString() });
}

/** A device that verified the release it runs, and is then directed to another. */
export async function directedDevice(
  fleet: PatchFleet,
  server: TestServer,
  release: ReleaseNumber = 2,
  more: Partial<RolloutTarget> = {},
): Promise<PatchDevice> {
  const device = openPatchDevice(fleet);
  server.tree = fleet.publish(1).tree;
  await refreshRelease(device);
  const { tree, sha256 } = fleet.publish(release);
  server.tree = tree;
  await direct(device, fleet.target(sha256, { version: `2026.11.${release}`, sequence: release, ...more }));
  return device;
}

/** One patch run. */
export const patch = (device: PatchDevice, machine: Partial<PatchMachine> = {}) =>
  runPatch(device, device.log, impatient, { ...openPatchMachine(device), ...machine });

/** What differs from a release's signed manifest. */
export const differences = (device: Device, fleet: PatchFleet, release: ReleaseNumber): string[] =>
  scanRoot(fleet.built[release].entries, { root: device.root }).findings.map(
    ({ path, differences: found }) => `${path} (${found.join(', ')})`,
  );
