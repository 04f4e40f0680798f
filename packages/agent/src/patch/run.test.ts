import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packPath } from '@imprint/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { observeRollout } from '../observe/rollout.ts';
import { blobPath } from '../release/evidence.ts';
import { refreshRelease } from '../release/refresh.ts';
import { readEdition } from '../settings.ts';
import { runningRecord } from '../state/records.ts';
import {
  differences,
  direct,
  directedDevice,
  impatient,
  type PatchDevice,
  patch,
} from '../testing/patch-device.ts';
import { openPatchFleet, type PatchFleet } from '../testing/patch-fleet.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { restartLater } from './choose-restart.ts';
import { readDpkg } from './current.ts';
import { checkHealth, type HealthWishes } from './health.ts';
import { openPatchMachine, type PatchMachine } from './machine.ts';
import { progressRecord } from './progress.ts';

const now = new Date('2026-11-23T06:00:00Z');
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);
const iso = (count: number) => hours(count).toISOString();
let server: TestServer;
let fleet: PatchFleet;

beforeAll(async () => {
  server = await startServer();
  const settings = { server: server.url, edition: 'gov-base', channel: 'stable' };
  fleet = await openPatchFleet({ now, settings: JSON.stringify(settings) });
}, 120_000);
afterAll(async () => {
  fleet.dispose();
  await server.close();
});
beforeEach(() => {
  server.overrides.clear();
  server.contentBytes = 0;
  server.requests.length = 0;
});

const read = (device: PatchDevice, path: string) => readFileSync(join(device.root, path), 'utf8');
const version = (device: PatchDevice) => readEdition(device).version;
const kinds = (device: PatchDevice) => device.lines.map((line) => line.split(':')[0]);
const inside = (device: PatchDevice, ...argv: string[]) =>
  execFileSync('chroot', [device.root, ...argv], { stdio: 'pipe' });

/** Nothing of a release was installed: the device is as it came. */
function expectUntouched(device: PatchDevice): void {
  expect(differences(device, fleet, 1)).toEqual([]);
  expect(readDpkg(device)?.packages.find(({ name }) => name === 'app')?.version).toBe('1.0');
}

describe('a patch run', () => {
  test('brings the old release to the new one, byte for byte, and says that it is healthy', async () => {
    const device = await directedDevice(fleet, server);
    expect((await patch(device)).error).toBeUndefined();
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    expect(version(device)).toBe('2026.11.2');
    expect(differences(device, fleet, 2)).toEqual([]);
    expect(existsSync(join(device.stateDir, 'patch'))).toBe(false);
    expect(existsSync(join(device.runtimeDir ?? '', 'report-due'))).toBe(true);
    expect(kinds(device)).toEqual(['download', 'install', 'conclude', 'check-health', 'rest']);
    const packs = fleet.set(2).packages.map(({ pack }) => pack.sizeBytes);
    expect(server.contentBytes).toBeLessThan(packs.reduce((sum, size) => sum + size, 0) / 3);
  });

  test('done again changes nothing and asks for nothing', async () => {
    const device = await directedDevice(fleet, server);
    await patch(device);
    server.requests.length = 0;
    expect((await patch(device)).step).toMatchObject({ kind: 'rest' });
    expect(server.requests).toEqual([]);
  });

  test('keeps what an administrator changed in a configuration file, and the edition’s own as approved', async () => {
    const device = await directedDevice(fleet, server);
    device.put('/etc/app.conf', 'version = mine\n');
    await patch(device);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    expect(read(device, 'etc/app.conf')).toBe('version = mine\n');
    expect(read(device, 'etc/login.conf')).toBe('login of the edition 2\n');
    expect(differences(device, fleet, 2)).toEqual(['/etc/app.conf (content)']);
  });

  test('takes from the pack what an installed file cannot give any more', async () => {
    const device = await directedDevice(fleet, server);
    device.put('/usr/bin/app', 'not a program any more');
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
  });

  test('brings a dpkg round that was interrupted before', async () => {
    const device = await directedDevice(fleet, server);
    const status = read(device, 'var/lib/dpkg/status');
    device.put(
      '/var/lib/dpkg/status',
      status.replace(/(Package: app\nStatus: install ok) installed/, '$1 half-configured'),
    );
    await patch(device);
    expect(kinds(device).slice(0, 2)).toEqual(['recover', 'download']);
    expect(differences(device, fleet, 2)).toEqual([]);
  });
});

describe('a release that is not to be installed', () => {
  test.each([
    ['was approved by nobody', () => fleet.publish(2, { approvedBy: [] })],
    ['was withdrawn', () => fleet.publish(2, { withdrawnBy: [...fleet.ceremony.parties.regulator] })],
    ['has expired', () => fleet.publish(2, { expires: hours(-1) })],
  ])('because it %s is refused, whatever the server says', async (_why, publish) => {
    const device = await directedDevice(fleet, server, 1);
    const { tree, sha256 } = publish();
    server.tree = tree;
    await direct(device, fleet.target(sha256));
    expect((await patch(device)).error?.code).toBe('AGENT_TARGET_NOT_VERIFIED');
    expect(observeRollout(device)).toMatchObject({
      ...{ releaseSha256: sha256, step: 'waiting', code: 'AGENT_TARGET_NOT_VERIFIED' },
    });
    expectUntouched(device);
  });

  test('because the server names another one than was verified is refused', async () => {
    const device = await directedDevice(fleet, server);
    await direct(device, fleet.target('ee'.repeat(32)));
    expect((await patch(device)).error?.code).toBe('AGENT_TARGET_NOT_VERIFIED');
    expectUntouched(device);
  });

  test('because it is older than what runs is refused', async () => {
    const device = await directedDevice(fleet, server);
    await patch(device);
    const { tree, sha256 } = fleet.publish(1, { metadataVersion: 9 });
    server.tree = tree;
    await direct(device, fleet.target(sha256, { sequence: 9 }));
    expect((await patch(device)).error?.code).toBe('AGENT_TARGET_NOT_VERIFIED');
    expect(version(device)).toBe('2026.11.2');
  });

  test('because it has no way from here is given up, with the reason', async () => {
    const from = [{ version: '2026.10.0', lockSha256: '99'.repeat(32) }];
    const sets = [
      ['AGENT_PATCH_SET_ABSENT', {}],
      ['AGENT_PATCH_NOT_FROM', { patchSet: Buffer.from(JSON.stringify({ ...fleet.set(2), from })) }],
    ] as const;
    for (const [code, more] of sets) {
      const device = await directedDevice(fleet, server, 1);
      const published = fleet.publish(2, { patchSet: undefined, ...more } as never);
      server.tree = published.tree;
      await direct(device, fleet.target(published.sha256));
      expect((await patch(device)).error?.code).toBe(code);
      expect(observeRollout(device)).toMatchObject({ step: 'failed', code });
      expectUntouched(device);
    }
  });
});

describe('bytes', () => {
  const firstPack = () =>
    packPath(fleet.set(2).packages.find(({ name }) => name === 'newcomer')?.pack.sha256 ?? '');

  test('of a pack that somebody changed are refused, and nothing is installed until they are right', async () => {
    const device = await directedDevice(fleet, server);
    const honest = server.tree;
    const bytes = Buffer.from(honest.get(firstPack()) ?? []);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    server.tree = new Map(honest).set(firstPack(), bytes);
    expect((await patch(device)).error?.code).toBe('AGENT_PACK_FRAME_MISMATCH');
    expect(observeRollout(device)).toMatchObject({ step: 'downloading', code: 'AGENT_PACK_FRAME_MISMATCH' });
    expectUntouched(device);
    server.tree = honest;
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
  });

  test('of a file of the edition that somebody changed are refused', async () => {
    const device = await directedDevice(fleet, server);
    const honest = server.tree;
    const entry = fleet.built[2].entries.find(({ path }) => path === '/usr/share/edition/changed');
    server.tree = new Map(honest).set(blobPath(entry?.sha256 ?? ''), Buffer.from('changed 9\n'));
    expect((await patch(device)).error?.code).toBe('AGENT_EVIDENCE_DIGEST');
    expectUntouched(device);
    server.tree = honest;
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
  });

  test('that came before the server vanished are not asked for again', async () => {
    const device = await directedDevice(fleet, server);
    const whole = await directedDevice(fleet, server);
    await patch(whole);
    const atOnce = server.contentBytes;
    server.contentBytes = 0;
    const path = firstPack();
    server.overrides.set(`/content/${path}`, (request) => request.socket.destroy());
    expect((await patch(device)).error?.code).toMatch(/^AGENT_SERVER_UNREACHABLE$/);
    expect(observeRollout(device)).toMatchObject({ step: 'downloading' });
    server.overrides.clear();
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
    expect(server.contentBytes).toBe(atOnce);
  });

  test('for which there is no room are not asked for', async () => {
    const device = await directedDevice(fleet, server);
    execFileSync('mkdir', ['-p', join(device.stateDir, 'patch')]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', join(device.stateDir, 'patch')]);
    try {
      expect((await patch(device)).error?.code).toBe('AGENT_PATCH_NO_ROOM');
      expect(server.contentBytes).toBe(0);
      // And where the disk fills up all the same.
      expect((await patch(device, { freeBytes: () => 1e12 })).error?.code).toBe('AGENT_PACK_NO_ROOM');
      expect(observeRollout(device)).toMatchObject({ step: 'downloading', code: 'AGENT_PACK_NO_ROOM' });
    } finally {
      execFileSync('umount', [join(device.stateDir, 'patch')]);
    }
    expectUntouched(device);
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
  });
});

describe('time', () => {
  test('downloads before the window, waits for it, and installs in it', async () => {
    const installWindow = { from: iso(2), to: iso(4) };
    const device = await directedDevice(fleet, server, 2, { downloadFrom: iso(1), installWindow });
    expect((await patch(device)).step).toMatchObject({ kind: 'wait', until: iso(1) });
    expect(server.contentBytes).toBe(0);
    device.setNow(hours(1));
    expect((await patch(device)).step).toMatchObject({ kind: 'wait', until: iso(2) });
    expect(observeRollout(device)).toMatchObject({ step: 'downloaded' });
    expectUntouched(device);
    device.setNow(hours(3));
    await patch(device);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
  });

  test('that has run out installs although the window is closed', async () => {
    const installWindow = { from: iso(2), to: iso(4) };
    const device = await directedDevice(fleet, server, 2, { installWindow, deadline: iso(10) });
    device.setNow(hours(5));
    expect((await patch(device)).step).toMatchObject({ kind: 'wait', until: iso(10) });
    expectUntouched(device);
    device.setNow(hours(10));
    await patch(device);
    expect(differences(device, fleet, 2)).toEqual([]);
  });

  test('holds back what an administrator holds, until the deadline; then it is held again', async () => {
    const device = await directedDevice(fleet, server, 2, { deadline: iso(10) });
    inside(device, 'apt-mark', 'hold', 'libapp');
    expect((await patch(device)).step).toMatchObject({ kind: 'wait', code: 'AGENT_PATCH_HELD' });
    expect(observeRollout(device)).toMatchObject({ step: 'downloaded', code: 'AGENT_PATCH_HELD' });
    device.setNow(hours(11));
    await patch(device);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    const held = readDpkg(device)?.packages.filter(({ isHeld }) => isHeld);
    expect(held).toMatchObject([{ name: 'libapp', version: '2.0' }]);
  });

  test('in which nothing is directed any more begins nothing', async () => {
    const device = await directedDevice(fleet, server, 2, { installWindow: { from: iso(2) } });
    await patch(device);
    await direct(device, undefined);
    device.setNow(hours(3));
    expect((await patch(device)).step).toMatchObject({ kind: 'rest' });
    expect(observeRollout(device)).toBeUndefined();
    expectUntouched(device);
  });
});

test('what has begun to install is finished when the channel has gone on to the next release', async () => {
  const device = await directedDevice(fleet, server, 2);
  device.put('/fail-app-postinst', '');
  expect((await patch(device)).error?.code).toBe('AGENT_PATCH_APT_FAILED');
  rmSync(join(device.root, 'fail-app-postinst'));
  server.tree = new Map([...server.tree, ...fleet.publish(3).tree]);
  await refreshRelease(device);
  await patch(device);
  expect(readEdition(device).version).toBe('2026.11.2');
  expect(differences(device, fleet, 2)).toEqual([]);
});

describe('a restart', () => {
  const restarts: number[] = [];
  const booted = (isPersonPresent: boolean) => ({
    isBooted: true,
    isStarting: async () => false,
    failedUnits: async () => [],
    isPersonPresent: async () => isPersonPresent,
    restart: async (minutes: number) => {
      restarts.push(minutes);
      return { status: 0, tail: '' };
    },
  });
  beforeEach(() => {
    restarts.length = 0;
  });

  test('comes at once where nobody is logged in, and only then is it healthy', async () => {
    const device = await directedDevice(fleet, server, 3);
    await patch(device, booted(false));
    expect(restarts).toEqual([0]);
    expect(observeRollout(device)).toMatchObject({ step: 'restart-needed' });
    expect(observeRollout(device)?.healthy).toBeUndefined();
    device.boot('boot-2');
    await patch(device, booted(false));
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    expect(differences(device, fleet, 3)).toEqual([]);
  });

  test('is announced to whoever is logged in, waits as they choose, and is enforced at the deadline', async () => {
    const device = await directedDevice(fleet, server, 3, { deadline: iso(10) });
    expect((await patch(device, booted(true))).step).toMatchObject({ kind: 'wait', until: iso(10) });
    expect(read(device, 'run/motd.d/imprint-restart')).toContain('restart --now');
    expect(await restartLater(device, 2 * 3_600_000)).toBe(iso(2));
    device.setNow(hours(1));
    await patch(device, booted(true));
    expect(restarts).toEqual([]);
    device.setNow(hours(2));
    await patch(device, booted(true));
    expect(await restartLater(device, 99 * 3_600_000)).toBe(iso(10));
    device.setNow(hours(10));
    await patch(device, booted(true));
    expect(restarts).toEqual([10, 10]);
  });

  test('is waited for and looked at also when the channel has gone on to the next release', async () => {
    const device = await directedDevice(fleet, server, 2);
    device.put('/proc/self/stat', '');
    device.put('/proc/7/maps', '7f00-7f01 r-xp 0 0:0 1 /usr/lib/libapp.so (deleted)\n');
    device.put('/proc/7/cgroup', '0::/system.slice/other.service\n');
    await patch(device, booted(true));
    expect(observeRollout(device)).toMatchObject({ step: 'restart-needed' });
    server.tree = fleet.publish(3).tree;
    await refreshRelease(device);
    expect(observeRollout(device)).toMatchObject({ step: 'restart-needed' });
    await patch(device, booted(false));
    expect(restarts).toEqual([0]);
    device.boot('boot-2');
    await patch(device, booted(false));
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
    expect(runningRecord.load(device.files)?.sequence).toBe(2);
  });

  test('comes before the removal of what the running kernel needs', async () => {
    const device = await directedDevice(fleet, server, 3);
    const has = () => readDpkg(device)?.packages.some(({ name }) => name === 'old-k1');
    await patch(device, { ...booted(false), kernel: 'k1' });
    expect([restarts, has()]).toEqual([[0], true]);
    device.boot('boot-2');
    device.setNow(hours(1));
    await patch(device, { ...booted(false), kernel: 'k3' });
    expect(has()).toBe(false);
    expect(progressRecord.load(device.files)).toMatchObject({ leftover: [], tidiedAt: iso(1) });
    expect(differences(device, fleet, 3)).toEqual([]);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
  });

  test('that nobody can give is waited for', async () => {
    const device = await directedDevice(fleet, server, 3);
    expect((await patch(device)).step).toMatchObject({ kind: 'wait' });
    device.boot('boot-2');
    await patch(device);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
  });
});

describe('health', () => {
  test('that a check of the edition denies is reported, and looked at again later', async () => {
    const device = await directedDevice(fleet, server);
    device.put('/ill', '');
    await patch(device);
    expect(observeRollout(device)).toMatchObject({
      step: 'installed',
      healthy: false,
      code: 'AGENT_HEALTH_CHECK',
    });
    rmSync(join(device.root, 'ill'));
    expect((await patch(device)).step).toMatchObject({ kind: 'wait', until: iso(1) });
    device.setNow(hours(1));
    await patch(device);
    expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
  });

  test('is not denied for a unit that had failed before, and is for one that had not', async () => {
    for (const [before, healthy] of [
      [['shaky.service'], true],
      [[], false],
    ] as const) {
      const device = await directedDevice(fleet, server);
      let failed: readonly string[] = before;
      const units = async () => {
        const seen = failed;
        failed = ['shaky.service'];
        return seen;
      };
      await patch(device, { failedUnits: units });
      expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy });
    }
  });
});

describe('a look at the health of a device', () => {
  const look = (device: PatchDevice, wishes: HealthWishes = {}, machine: Partial<PatchMachine> = {}) =>
    checkHealth(device, { ...openPatchMachine(device), ...machine }, wishes, {}, impatient);

  test('finds packages that are not whole, not as approved, and a kernel that is not of the release', async () => {
    const device = await directedDevice(fleet, server);
    expect(await look(device)).toBeUndefined();
    expect(await look(device, { set: fleet.set(2) })).toEqual({
      ...{ code: 'AGENT_HEALTH_PACKAGES', params: { got: 'app, libapp, newcomer' } },
    });
    const packages = new Map([['linux-image-6.12.1-amd64', '6.12.1-1']]);
    expect(await look(device, { packages }, { kernel: '6.12.1-amd64' })).toBeUndefined();
    expect(await look(device, { packages }, { kernel: '6.11.9-amd64' })).toMatchObject({
      ...{ code: 'AGENT_HEALTH_KERNEL', params: { expected: '6.12.1-amd64', got: '6.11.9-amd64' } },
    });
    const status = read(device, 'var/lib/dpkg/status');
    device.put(
      '/var/lib/dpkg/status',
      status.replace(/(Package: app\nStatus: install ok) installed/, '$1 unpacked'),
    );
    expect(await look(device)).toEqual({ code: 'AGENT_HEALTH_DPKG', params: { got: 'app (unpacked)' } });
  });

  test('finds a policy that is not kept any more', async () => {
    const device = await directedDevice(fleet, server);
    const check = { kind: 'setting', path: '/etc/login.conf', key: 'minlen', separator: '=', expected: '12' };
    const policy = { id: 'length', intended: 12, source: 'manifest#/policy', observe: [check] };
    device.put('/usr/lib/imprint/policy.json', JSON.stringify([policy]));
    expect(await look(device)).toEqual({ code: 'AGENT_HEALTH_POLICY', params: { got: 'length' } });
    const before = { failingPoliciesBefore: ['length'] };
    const machine = openPatchMachine(device);
    expect(await checkHealth(device, machine, {}, before, impatient)).toBeUndefined();
  });

  test('is patient with what starts slowly, and not deceived by what fails again', async () => {
    const device = await directedDevice(fleet, server);
    const patience = { settleMs: 20_000, steadyMs: 30_000 };
    const seen: string[][] = [];
    const units = (...states: string[][]) => ({
      ...openPatchMachine(device),
      isStarting: async () => seen.length === 0 && seen.push(['starting']) > 0,
      failedUnits: async () => states.shift() ?? ['shaky.service'],
      sleep: async () => {},
    });
    const check = (machine: PatchMachine) => checkHealth(device, machine, {}, {}, patience);
    expect(await check(units(['slow.service'], [], []))).toBeUndefined();
    expect(await check(units([], ['shaky.service']))).toMatchObject({ code: 'AGENT_HEALTH_UNITS' });
  });
});

test('a device whose earlier state comes back says so, and does not install the release again', async () => {
  const device = await directedDevice(fleet, server);
  await patch(device);
  device.put(
    '/usr/lib/imprint/edition.json',
    readFileSync(join(fleet.built[1].root, 'usr/lib/imprint/edition.json'), 'utf8'),
  );
  await patch(device);
  await patch(device);
  expect(observeRollout(device)).toMatchObject({ step: 'fell-back', code: 'AGENT_PATCH_FELL_BACK' });
  expect(version(device)).toBe('2026.11.1');
});

test('a device that became part of another rollout half way finishes with that one', async () => {
  const device = await directedDevice(fleet, server);
  device.put('/fail-app-postinst', '');
  await patch(device);
  rmSync(join(device.root, 'fail-app-postinst'));
  const { tree, sha256 } = fleet.publish(3);
  server.tree = tree;
  await direct(device, fleet.target(sha256, { version: '2026.11.3', sequence: 3 }));
  await patch(device);
  device.boot('boot-2');
  await patch(device);
  expect(observeRollout(device)).toMatchObject({ releaseSha256: sha256, step: 'installed', healthy: true });
  // What only the release in between had brought is nobody's to remove: none of its packages is gone, and no file was there yet.
  expect(differences(device, fleet, 3)).toEqual([]);
});

test('a system that has no apt is told so', async () => {
  const device = await directedDevice(fleet, server);
  rmSync(join(device.root, 'usr/bin/apt-get'));
  await expect(patch(device)).rejects.toMatchObject({ code: 'AGENT_PATCH_NOT_HERE' });
  expect(observeRollout(device)).toBeUndefined();
});

describe('an installation that fails', () => {
  test('is tried three times, then given up; the device says why', async () => {
    const device = await directedDevice(fleet, server);
    device.put('/fail-app-postinst', '');
    const codes: unknown[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) codes.push((await patch(device)).error?.code);
    expect(codes).toEqual([...Array<string>(3).fill('AGENT_PATCH_APT_FAILED'), undefined]);
    expect(observeRollout(device)).toMatchObject({ step: 'failed', code: 'AGENT_PATCH_APT_FAILED' });
    expect(version(device)).toBe('2026.11.1');
  });

  test('for a reason that passes is finished by the next run', async () => {
    const device = await directedDevice(fleet, server);
    device.put('/fail-libapp-postinst', '');
    expect((await patch(device)).error?.code).toBe('AGENT_PATCH_APT_FAILED');
    rmSync(join(device.root, 'fail-libapp-postinst'));
    await direct(device, undefined);
    await patch(device);
    expect(observeRollout(device)).toBeUndefined();
    expect(differences(device, fleet, 2)).toEqual([]);
  });
});
