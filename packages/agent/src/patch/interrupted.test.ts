import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packPath } from '@imprint/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleAgent } from '../../../../tools/agent-package.ts';
import { runAgent } from '../cli/run.ts';
import { observeRollout } from '../observe/rollout.ts';
import { readEdition } from '../settings.ts';
import { differences, directedDevice, type PatchDevice } from '../testing/patch-device.ts';
import { openPatchFleet, type PatchFleet } from '../testing/patch-fleet.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { progressRecord } from './progress.ts';

let server: TestServer;
let fleet: PatchFleet;
let work: string;

beforeAll(async () => {
  server = await startServer();
  work = mkdtempSync(join(tmpdir(), 'imprint-interrupted-'));
  const bundle = join(work, 'imprint-agent.mjs');
  await bundleAgent(join(import.meta.dirname, '../../../..'), bundle);
  const settings = JSON.stringify({ server: server.url, edition: 'gov-base', channel: 'stable' });
  fleet = await openPatchFleet({ now: new Date(), settings, agent: readFileSync(bundle, 'utf8') });
}, 120_000);
afterAll(async () => {
  fleet.dispose();
  rmSync(work, { recursive: true, force: true });
  await server.close();
});
beforeEach(() => server.overrides.clear());

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** The device's own agent, as its package installed it. */
function startAgent(device: PatchDevice): Running {
  const bundle = join(device.root, 'usr/lib/imprint-agent/imprint-agent.mjs');
  const child = spawn(process.execPath, [bundle, 'patch', '--root', device.root], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, RUNTIME_DIRECTORY: device.runtimeDir },
  });
  return { child, ended: new Promise((resolve) => child.on('exit', (code) => resolve(code))) };
}

/** Processes that run inside the device's root: apt, dpkg, scripts. */
function insiders(root: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readlinkSync(`/proc/${name}/root`) === root ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** What a power cut does to processes: none of them gets to say or do anything any more. */
async function cutPower({ child, ended }: Running, root: string): Promise<void> {
  child.kill('SIGKILL');
  for (let left = insiders(root); left.length > 0; left = insiders(root)) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await ended;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The device is what the release's signed manifest says, wherever it was cut off. */
async function expectConverged(device: PatchDevice): Promise<void> {
  await startAgent(device).ended;
  expect([device.lines, differences(device, fleet, 2)]).toEqual([[], []]);
  expect(observeRollout(device)).toMatchObject({ step: 'installed', healthy: true });
  expect(readFileSync(join(device.root, 'usr/lib/imprint-agent/imprint-agent.mjs'), 'utf8')).toMatch(
    /\/\/ 2\.0\n$/,
  );
}

describe('a device whose power is cut', () => {
  test.each(['app-preinst', 'old-prerm', 'libapp-prerm', 'libapp-postinst', 'app-postinst'])(
    'in %s finishes at the next run, to the same bytes',
    async (script) => {
      const device = await directedDevice(fleet, server);
      device.put(`/pause-${script}`, '');
      const running = startAgent(device);
      await until(() => existsSync(join(device.root, 'paused')));
      await cutPower(running, device.root);
      rmSync(join(device.root, 'paused'));
      expect(readEdition(device).version).toBe('2026.11.1');
      expect(progressRecord.load(device.files)?.step).toBe('installing');
      await expectConverged(device);
    },
  );

  test('during the download goes on with what it has', async () => {
    const device = await directedDevice(fleet, server);
    const path = `/content/${packPath(fleet.set(2).packages.find(({ name }) => name === 'newcomer')?.pack.sha256 ?? '')}`;
    let isAsked = false;
    server.overrides.set(path, () => {
      isAsked = true;
    });
    const running = startAgent(device);
    await until(() => isAsked);
    await cutPower(running, device.root);
    server.overrides.clear();
    server.requests.length = 0;
    await expectConverged(device);
    const app = fleet.set(2).packages.find(({ name }) => name === 'app')?.patches[0]?.patch.sha256 ?? '';
    expect(server.requests).not.toContain(`/content/${packPath(app)}`);
  });

  test('again and again, at moments nobody chose, finishes in the end', async () => {
    const device = await directedDevice(fleet, server);
    const isInstalling = () => progressRecord.load(device.files)?.step === 'installing';
    for (const ms of [0, 60, 150, 300, 600]) {
      const running = startAgent(device);
      let hasEnded = false;
      void running.ended.then(() => {
        hasEnded = true;
      });
      await until(() => hasEnded || (isInstalling() && insiders(device.root).length > 0));
      await new Promise((resolve) => setTimeout(resolve, ms));
      await cutPower(running, device.root);
    }
    await expectConverged(device);
  }, 180_000);
});

test('an agent that is only asked to end while packages are installed finishes first', async () => {
  const device = await directedDevice(fleet, server);
  device.put('/pause-app-postinst', '');
  const running = startAgent(device);
  await until(() => existsSync(join(device.root, 'paused')));
  running.child.kill('SIGTERM');
  device.put('/resume', '');
  expect(await running.ended).toBe(0);
  expect(readEdition(device).version).toBe('2026.11.2');
  await expectConverged(device);
}, 180_000);

describe('on the command line', () => {
  async function agent(device: PatchDevice, ...argv: string[]) {
    let [out, error] = ['', ''];
    const exit = await runAgent([...argv, '--root', device.root], {
      out: (text) => {
        out += text;
      },
      error: (text) => {
        error += text;
      },
      env: { LANG: 'C.UTF-8' },
    });
    return { exit, out, error };
  }

  test('a dry run shows bytes, packages, window and restart, and changes nothing', async () => {
    const device = await directedDevice(fleet, server);
    const { exit, out } = await agent(device, 'patch', '--dry-run', '--json');
    const shown = JSON.parse(out) as {
      packages: { name: string; by: string; from?: string }[];
      downloadBytes: number;
    };
    expect(exit).toBe(0);
    expect(shown).toMatchObject({
      isDryRun: true,
      step: 'download',
      remove: ['old-k1'],
      held: [],
      restart: [],
    });
    expect(shown.packages.map(({ name, by, from }) => [name, by, from])).toEqual([
      ['app', 'patch', '1.0'],
      ['imprint-agent', 'patch', '1.0'],
      ['libapp', 'patch', '1.0'],
      ['newcomer', 'pack', undefined],
    ]);
    expect((await agent(device, 'patch', '--dry-run', '--lang', 'zh-CN')).out).toMatch(/待下载 +\d+\.\d MB/);
    expect((await agent(device, 'status')).out).toMatch(/^rollout +2026\.11\.2 · waiting$/m);
    expect(differences(device, fleet, 1)).toEqual([]);
    server.contentBytes = 0;
    await startAgent(device).ended;
    expect(server.contentBytes).toBe(shown.downloadBytes);
  });

  test('a person chooses when to start anew, and only where that is needed', async () => {
    const device = await directedDevice(fleet, server, 3);
    expect(await agent(device, 'restart')).toMatchObject({ exit: 2 });
    expect(await agent(device, 'restart', '--later', 'soon')).toMatchObject({ exit: 2 });
    const early = await agent(device, 'restart', '--later', '2h');
    expect(early).toMatchObject({ exit: 1, error: expect.stringContaining('AGENT_RESTART_NOT_NEEDED') });
    await startAgent(device).ended;
    expect((await agent(device, 'restart', '--later', '2h')).out).toMatch(/^restarts at 20/);
    expect((await agent(device, 'status')).out).toMatch(/^restart for +\/etc\/default\/edition$/m);
  });
});
