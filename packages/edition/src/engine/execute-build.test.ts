import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildRecord, DebianLock } from '@imprint/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainPlan } from '../plan/explain.ts';
import type { BuildProfile } from '../plan/model.ts';
import { planBuild } from '../plan/plan-build.ts';
import type { ProgressEvent } from '../progress.ts';
import { runTool, runToolText } from '../tools/run-tool.ts';
import { executeBuild } from './execute-build.ts';
import { openLayerStore } from './layer-store.ts';
import { makeTinyDebian, type TinyDebian } from './tiny-debian.ts';

let place: string;
let tiny: TinyDebian;
let reference: BuildRecord;

async function build(
  home: string,
  lock: DebianLock = tiny.lock,
  { signal, profile = 'preview' }: { signal?: AbortSignal; profile?: BuildProfile } = {},
) {
  const events: ProgressEvent[] = [];
  const plan = planBuild(lock, { profile });
  const options = {
    home: join(place, home),
    store: tiny.store,
    reporter: (event: ProgressEvent) => events.push(event),
  };
  const { record, directory } = await executeBuild(plan, lock, {
    ...options,
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    record,
    directory,
    events,
    stages: (kind: string) => events.filter((event) => event.kind === kind).map(({ stage }) => stage),
  };
}

function withPolicy(passwordMinLength: number): DebianLock {
  const { manifest } = tiny.lock;
  return { ...tiny.lock, manifest: { ...manifest, policy: { ...manifest.policy, passwordMinLength } } };
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-engine-'));
  tiny = await makeTinyDebian(place);
  reference = (await build('reference')).record;
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('two builds of one lock in two directories give the same bytes', async () => {
  const { record, directory } = await build('again');
  expect(record).toEqual(reference);
  for (const { name, sizeBytes } of record.artifacts)
    expect(statSync(join(directory, name)).size).toBe(sizeBytes);
});

test('as small as a release is, they are the same bytes too, and the same disk', async () => {
  const [one, other] = [
    await build('reference', tiny.lock, { profile: 'release' }),
    await build('again', tiny.lock, { profile: 'release' }),
  ];
  expect(other.record).toEqual(one.record);
  const digests = (record: BuildRecord) => record.artifacts.map(({ digests: { sha256 } }) => sha256);
  const [rootfs, squashfs, disk] = digests(reference);
  expect(digests(one.record)).toEqual([expect.not.stringMatching(rootfs ?? ''), expect.any(String), disk]);
  expect(digests(one.record)[1]).not.toBe(squashfs);
});

test('a second build makes nothing again', async () => {
  const { record, stages } = await build('reference');
  expect(record).toEqual(reference);
  expect(stages('start')).toEqual(['evidence']);
});

test('a changed policy redoes its layer and those above it, and says why', async () => {
  const lock = withPolicy(14);
  const explained = explainPlan(
    planBuild(lock, { profile: 'preview' }),
    openLayerStore(join(place, 'reference')),
  );
  expect(
    Object.fromEntries(explained.steps.map(({ id, state, reasons }) => [id, reasons.join() || state])),
  ).toMatchObject({
    base: 'cached',
    services: 'cached',
    policy: 'passwordMinLength 12 → 14',
    seal: 'lies on policy, which changed',
  });
  const { stages } = await build('reference', lock);
  expect(stages('cached')).toEqual(expect.arrayContaining(['base', 'packages', 'locale', 'services']));
  expect(stages('start').slice(0, 3)).toEqual(['policy', 'identity', 'seal']);
});

test('the core holds nothing of the edition and nothing of one machine', async () => {
  const layers = openLayerStore(join(place, 'reference'));
  const steps = planBuild(tiny.lock, { profile: 'preview' }).steps;
  const core = await Promise.all(
    steps.filter(({ kind }) => kind === 'core').map(({ key }) => layers.index(key)),
  );
  const paths = core.flat().map(({ path }) => path);
  expect(paths).toContain('/etc/needed.conf');
  expect(paths.filter((path) => /imprint|policy-rc|\/proc\/|\/dev\/|\/tmp\//.test(path))).toEqual([]);
  const machineId = core.flat().find(({ path }) => path === '/etc/machine-id');
  expect(machineId?.sizeBytes).toBe(0);
});

test('GNU tar, unsquashfs and fsck read what was pressed', async () => {
  const { directory, record } = await build('reference');
  const file = (kind: string) =>
    join(directory, record.artifacts.find((artifact) => artifact.kind === kind)?.name ?? '');
  const listed = (await runToolText(['tar', '--zstd', '--list', '--file', file('rootfs')]))
    .trim()
    .split('\n')
    .sort();
  const squashed = (await runToolText(['unsquashfs', '-l', '-d', '.', file('squashfs')])).trim().split('\n');
  const bare = (path: string) => path.replace(/\/$/, '');
  expect(listed.map(bare)).toEqual(squashed.map(bare).sort());
  const root = join(place, 'root.ext4');
  await runTool(['dd', `if=${file('disk')}`, `of=${root}`, 'bs=1M', 'skip=42', 'conv=sparse', 'status=none']);
  expect((await runTool(['e2fsck', '-f', '-n', root])).exitCode).toBe(0);
  expect(await runToolText(['debugfs', '-R', 'cat /etc/os-release', root])).toMatch(/^ID_LIKE=debian$/m);
});

test('a component that ships what belongs to one device is refused', async () => {
  const tree = join(place, 'leaky');
  await runTool(['mkdir', '-p', join(tree, 'DEBIAN'), join(tree, 'var/lib/dbus')]);
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    'Package: leaky\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: x\n',
  );
  const script = [
    '#!/bin/sh -e',
    'echo a > /etc/hostid',
    'mkdir -p /var/lib/imprint-agent/licence /etc/credstore',
    'echo key > /var/lib/imprint-agent/device-key',
    'echo lease > /var/lib/imprint-agent/licence/lease.json',
    'echo enr_1_secret > /etc/credstore/imprint.enrol-token',
  ];
  writeFileSync(join(tree, 'DEBIAN/postinst'), `${script.join('\n')}\n`, { mode: 0o755 });
  await runTool(['dpkg-deb', '--root-owner-group', '--build', tree, `${tree}.deb`]);
  const blob = await tiny.store.putFile(`${tree}.deb`);
  const lock = { ...tiny.lock, inputs: [{ role: 'component' as const, name: 'leaky', ...blob }] };
  await expect(build('leaky-home', lock)).rejects.toMatchObject({
    code: 'BUILD_DEVICE_SPECIFIC',
    params: {
      paths:
        '/etc/credstore/imprint.enrol-token, /etc/hostid, /var/lib/imprint-agent/device-key, /var/lib/imprint-agent/licence',
    },
  });
});

test('a missing input is named before anything is built', async () => {
  const inputs = [{ role: 'component' as const, name: 'gone', sha256: 'f'.repeat(64), sizeBytes: 1 }];
  await expect(build('missing', { ...tiny.lock, inputs })).rejects.toMatchObject({
    code: 'BUILD_INPUT_MISSING',
    params: { missing: 1, first: 'gone' },
  });
});

test('a clock behind the locked archives is refused', async () => {
  const lock = { ...tiny.lock, sourceDateEpoch: Math.floor(Date.now() / 1000) + 365 * 86_400 };
  await expect(build('clock', lock)).rejects.toMatchObject({ code: 'BUILD_CLOCK_BEHIND' });
});

test('aborting ends the build at once and leaves neither mounts nor processes', async () => {
  const controller = new AbortController();
  const running = build('aborted', tiny.lock, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('stopped')), 400);
  await expect(running).rejects.toThrow('stopped');
  await expectNothingLeft('aborted');
});

async function expectNothingLeft(home: string): Promise<void> {
  const processes = () =>
    runToolText(['ps', '-eo', 'stat=,args=']).then((text) =>
      text.split('\n').filter((line) => !line.startsWith('Z') && line.includes(join(place, home))),
    );
  await expect.poll(processes, { timeout: 5000 }).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(join(place, home));
}

test('killed at random moments, the next run finishes with the same bytes', async () => {
  const script = fileURLToPath(new URL('./build-for-test.ts', import.meta.url));
  const lockFile = join(place, 'lock.json');
  writeFileSync(lockFile, JSON.stringify(tiny.lock));
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [script, lockFile, join(place, 'killed'), tiny.store.directory], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1500));
    child.kill('SIGKILL');
    await ended;
    await expectNothingLeft('killed');
  }
  expect((await build('killed')).record).toEqual(reference);
});
