import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  agentFile,
  allow,
  bootClamav,
  buildGuard,
  clamavRecord,
  direct,
  guardRecord,
  prepare,
  shutDown,
  whoProtects,
} from '../testing/antivirus-lab.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { holdCeremony } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { type AntivirusOutcome, choiceRecord } from './records.ts';

let server: TestServer;
let device: TestDevice;
let workshop: string;
let program: string;

beforeAll(async () => {
  server = await startServer();
  workshop = mkdtempSync(join(tmpdir(), 'imprint-guard-'));
  // One file, as the agent is shipped: a run of it starts in a moment.
  program = join(workshop, 'antivirus-agent.ts.mjs');
  const entryPoints = [fileURLToPath(new URL('../testing/antivirus-agent.ts', import.meta.url))];
  await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', outfile: program });
});
afterAll(async () => {
  await server.close();
  rmSync(workshop, { recursive: true, force: true });
});
beforeEach(async () => {
  device = testDevice({ now: new Date(), server: server.url });
  prepare(device, holdCeremony(new Date(), 'intl'));
  const deb = buildGuard(workshop);
  allow(device, server, [clamavRecord, guardRecord(deb)], [deb]);
  await bootClamav(device);
});
afterEach(() => {
  shutDown(device);
  device.dispose();
});

/** Runs the agent in a process of its own; undefined where it was killed. */
function runAgent(...kill: string[]): Promise<AntivirusOutcome | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, agentFile(device, server), ...kill]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(JSON.parse(out) as AntivirusOutcome);
      else reject(new Error(err));
    });
  });
}

/** Asks who finds the test file, over and over, while `action` runs; returns every answer. */
async function sampling<T>(action: () => Promise<T>): Promise<{ result: T; samples: string[] }> {
  const samples: string[] = [];
  let isDone = false;
  const sampler = (async () => {
    while (!isDone) {
      samples.push((await whoProtects(device)).join('+'));
      await setTimeout(10);
    }
  })();
  try {
    const result = await action();
    return { result, samples };
  } finally {
    isDone = true;
    await sampler;
  }
}

test('a switch to a second provider and back leaves no moment without protection, killed at each step', async () => {
  const steps = ['install', 'definitions', 'self-test', 'enable', 'confirm', 'choose'];
  const there = [...steps.map((kind) => `${kind} guard`), 'disable clamav'];
  const back = [...steps.slice(1).map((kind) => `${kind} clamav`), 'disable guard', 'remove guard'];
  for (const [provider, other, killed] of [
    ['guard', 'clamav', there],
    ['clamav', 'guard', back],
  ] as const) {
    direct(device, provider);
    const { result, samples } = await sampling(async () => {
      for (const step of killed) expect(await runAgent('before', step), `before ${step}`).toBeUndefined();
      expect(await runAgent('after', killed.at(-1) ?? '')).toBeUndefined();
      return runAgent();
    });
    expect(result).toMatchObject({ provider, directed: provider, isOn: true, realTime: true });
    expect(result?.code).toBeUndefined();
    expect(samples.length).toBeGreaterThan(20);
    expect(samples.filter((sample) => sample === '')).toEqual([]);
    expect(samples).toContain(other);
    expect(await whoProtects(device)).toEqual([provider]);
    expect(choiceRecord.load(device.files)?.previous).toBeUndefined();
  }
}, 300_000);
