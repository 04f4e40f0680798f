import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLock, readLock } from '@imprint/edition';
import { type BuildRecord, isWindowsLock } from '@imprint/protocol';
import { hashFile } from '@imprint/trust';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, type LineEvent, runProcess } from '../support/imprint-process.ts';
import { findReport, type Summary } from '../support/start-events.ts';

const minute = 60_000;
let directory: string;
let home: string;
let first: Finished;
let summary: Summary;
const lockFile = () => join(home, 'edition.lock.json');

const stagesOf = (events: readonly LineEvent[], kind: string) =>
  events.filter((event) => event.kind === kind && event.step === undefined).map(({ stage }) => stage);

/** Builds in the profile that only compresses less: the steps, layers and evidence are the same. */
const build = (args: readonly string[], options: Parameters<typeof runProcess>[2] = {}) =>
  runProcess('imprint', ['edition', 'build', ...args, '--profile', 'preview'], options);

async function builtIn(args: readonly string[], options: Parameters<typeof runProcess>[2] = {}) {
  const finished = await build(args, options);
  expect(finished.code, finished.stderr.slice(-2000)).toBe(0);
  return (JSON.parse(finished.stdout) as { directory: string }).directory;
}

async function recordOf(directoryOfBuild: string): Promise<BuildRecord> {
  return JSON.parse(await readFile(join(directoryOfBuild, 'build.json'), 'utf8')) as BuildRecord;
}

/** The digest of what is packed, whatever it was packed with. */
async function contentOf(file: string): Promise<string> {
  const { stdout } = spawn('zstd', ['--decompress', '--stdout', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const hash = createHash('sha256');
  for await (const chunk of stdout) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-spine-'));
  home = join(directory, 'home');
  first = await runProcess('start', ['--home', home, '--device-seconds', '600']);
  expect(first.code, first.stdout.slice(-3000)).toBe(0);
  summary = findReport(first.events);
}, 20 * minute);
afterAll(() => rm(directory, { recursive: true, force: true }), minute);

describe('from packages to a device', () => {
  test('the edition is built whole, and its core is upstream’s', () => {
    expect(summary.edition).toBe('gov-base');
    expect(summary.artifacts.map(({ name }) => name.replace(/^.*-amd64\./u, ''))).toEqual([
      'tar.zst',
      'squashfs',
      'img',
    ]);
    expect(summary.integrity).toMatchObject({ violations: 0, missing: 0 });
    expect(summary.integrity.core).toBeGreaterThan(10_000);
  });

  test('everyone who must consent has signed', () => {
    expect([...summary.release.signedBy].sort()).toEqual(['operator', 'regulator', 'vendor']);
    const approvals = first.events.filter(({ line }) => String(line).startsWith('imprint release approve'));
    expect(approvals).toHaveLength(3);
  });

  test('a device boots it, enrols, verifies, and reports each figure with its age', () => {
    const { posture, report } = summary.device;
    expect(report.release.signedBy).toEqual(expect.arrayContaining(['operator', 'regulator', 'vendor']));
    expect(report.release.sha256).toBe(summary.release.sha256);
    expect(report.integrity).toMatchObject({ state: 'ok' });
    expect(report.integrity.checked).toBeGreaterThan(10_000);
    expect(report.policy.filter(({ state }) => state !== 'ok')).toEqual([]);
    for (const figure of posture.figures) expect(figure.ageSeconds, figure.name).toBeTypeOf('number');
  });

  test(
    'the same command again does nothing twice',
    async () => {
      const again = await runProcess('start', ['--home', home, '--no-boot']);
      expect(again.code, again.stdout.slice(-2000)).toBe(0);
      const worked = again.events.filter(({ type, state }) => type === 'stage' && state === 'done');
      expect(worked.map(({ id }) => id)).toEqual(['serve']);
      expect(findReport(again.events).release.sha256).toBe(summary.release.sha256);
    },
    5 * minute,
  );
});

/** Steps of the build, long and short, at whose beginning a process is killed; each some moments later. */
const killPoints = [
  'base',
  'packages',
  'components',
  'locale',
  'fonts',
  'trust-roots',
  'antivirus',
  'services',
  'policy',
  'identity',
  'seal',
  'tools',
  'evidence',
  'rootfs',
  'squashfs',
  'disk',
];
/** Kills at moments of the clock, whatever the build is doing then. */
const clockKills = 4;

describe('a build', () => {
  test(
    'killed again and again, in another place and at another time, has the same bytes',
    async () => {
      const elsewhere = join(directory, 'a folder of another name');
      await mkdir(elsewhere);
      // What was fetched is shared by hard links; nothing else is.
      execFileSync('cp', ['-al', join(home, 'store'), join(elsewhere, 'store')]);
      const args = [lockFile(), '--home', elsewhere] as const;
      const env = { TZ: 'Asia/Shanghai', LC_ALL: 'C' };
      let killed = 0;
      for (const point of killPoints) {
        let timer: NodeJS.Timeout | undefined;
        const cut = await build(args, {
          env,
          onEvent: ({ stage, kind }, child) => {
            if (stage === point && kind === 'start' && timer === undefined)
              timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * 1_200);
          },
        });
        clearTimeout(timer);
        if (cut.signal === 'SIGKILL') killed += 1;
        else expect(cut.code, cut.stderr.slice(-2000)).toBe(0);
      }
      for (let round = 0; round < clockKills; round += 1) {
        await rm(join(elsewhere, 'builds'), { recursive: true, force: true });
        const cut = await build(args, {
          env,
          onEvent: (_event, child) => void setTimeout(() => child.kill('SIGKILL'), Math.random() * 1_500),
        });
        if (cut.signal === 'SIGKILL') killed += 1;
      }
      expect(killed).toBeGreaterThanOrEqual(10);
      const there = await builtIn(args, { env });
      const here = await builtIn([lockFile(), '--home', home]);
      expect(await recordOf(there)).toEqual(await recordOf(here));
      for (const { name, digests } of (await recordOf(here)).artifacts) {
        const both = [await hashFile(join(here, name)), await hashFile(join(there, name))];
        expect(
          both.map(({ sha256 }) => sha256),
          name,
        ).toEqual([digests.sha256, digests.sha256]);
      }
      const [rootfs, , disk] = summary.artifacts;
      expect((await hashFile(join(there, disk?.name ?? ''))).sha256, 'the released disk').toBe(disk?.sha256);
      const [released, rebuilt] = [summary.directory, there].map((place) => join(place, rootfs?.name ?? ''));
      expect(await contentOf(rebuilt ?? ''), 'the released tree').toBe(await contentOf(released ?? ''));
    },
    15 * minute,
  );

  test(
    'with one policy changed redoes that layer and what stands on it, no more',
    async () => {
      const lock = await readLock(lockFile());
      if (isWindowsLock(lock)) expect.unreachable('the sample is a Debian edition');
      const policy = { ...lock.manifest.policy, screenLock: '7m' };
      const changed = join(directory, 'changed.lock.json');
      await writeFile(changed, encodeLock({ ...lock, manifest: { ...lock.manifest, policy } }));
      const built = await build([changed, '--home', home]);
      expect(built.code, built.stderr.slice(-2000)).toBe(0);
      const cached = stagesOf(built.events, 'cached');
      expect(cached).toEqual(expect.arrayContaining(['base', 'packages', 'components', 'locale', 'fonts']));
      const redone = stagesOf(built.events, 'done').filter((stage) => killPoints.includes(String(stage)));
      expect(redone).toContain('policy');
      expect(redone).not.toEqual(expect.arrayContaining(['base', 'packages', 'locale', 'trust-roots']));
    },
    8 * minute,
  );

  test(
    'whose disk had a byte changed is named',
    async () => {
      const disk = join(summary.directory, summary.artifacts[2]?.name ?? '');
      const copy = join(directory, 'tampered');
      execFileSync('cp', ['-a', '--reflink=auto', summary.directory, copy]);
      appendFileSync(join(copy, summary.artifacts[2]?.name ?? ''), 'x');
      const verdict = await runProcess('imprint', ['edition', 'verify', copy]);
      expect(verdict.code).toBe(1);
      expect(JSON.parse(verdict.stdout)).toMatchObject({ files: [summary.artifacts[2]?.name] });
      const intact = await hashFile(disk);
      expect(intact.sha256).toBe(summary.artifacts[2]?.sha256);
    },
    5 * minute,
  );
});
