import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildRecord, isWindowsManifest } from '@imprint/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executeBuild } from '../../../engine/index.ts';
import { loadManifest } from '../../../manifest/index.ts';
import { type ProgressEvent, type Reporter, silentReporter } from '../../../progress.ts';
import { openContentStore, sha256OfFile } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { hivePaths } from '../data/hives.ts';
import { resolveWindowsLock } from '../lock/resolve-windows-lock.ts';
import { planWindows } from '../plan/plan-windows.ts';
import { buildWindowsFixture } from '../testing/windows-fixture.ts';
import type { TestEdition } from './edition-for-test.ts';
import { pressWindows } from './press-windows.ts';

let place: string;
let edition: TestEdition;
let reference: { readonly record: BuildRecord; readonly directory: string };

async function build(home: string, watch: Reporter = () => {}, signal?: AbortSignal) {
  const events: ProgressEvent[] = [];
  const reporter = (event: ProgressEvent) => {
    events.push(event);
    watch(event);
  };
  const { store, plan, lock, fixture } = edition;
  const options = { home: join(place, home), store, reporter, catalogKey: fixture.signerKey };
  const built = await executeBuild(plan, lock, { ...options, ...(signal === undefined ? {} : { signal }) });
  return { ...built, events };
}

const manifest = `apiVersion: imprint/v1
edition: gov
version: 2026.11.0
title: { en: Gov, zh-CN: 政务 }
base: { windows: { image: vendor/install.wim, index: 1 } }
locale: { language: zh_CN.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual, roots: [vendor/vendor-root.pem], catalogSigner: vendor/vendor-signer.pem }
policy: { telemetry: none, consumerFeatures: off, cloudStorage: off, screenLock: 10m }
services: { imprint: https://imprint.example.gov }
mutableCore: agreement.json
outputs: [wim, swm]
`;

/** An edition as a user states it: a manifest beside the vendor's image, locked and planned. */
async function planned(): Promise<TestEdition> {
  const directory = await mkdtemp(join(place, 'edition-'));
  const fixture = await buildWindowsFixture(join(directory, 'vendor'));
  const mutable = Object.values(hivePaths).map((path) => ({ path, reason: 'policies live here' }));
  const agreement = JSON.stringify({ apiVersion: 'imprint/v1', vendor: 'Fixture', mutable });
  await writeFile(join(directory, 'agreement.json'), agreement);
  await writeFile(join(directory, 'edition.yaml'), manifest);
  const loaded = await loadManifest(join(directory, 'edition.yaml'));
  if (!isWindowsManifest(loaded.manifest)) throw new TypeError('the manifest is of a Windows edition');
  const store = openContentStore(join(directory, 'store'));
  const options = { store, cacheDir: join(directory, 'cache'), reporter: silentReporter };
  const lock = await resolveWindowsLock({ ...loaded, manifest: loaded.manifest }, options);
  return { directory, fixture, store, lock, plan: planWindows(lock, { profile: 'preview' }) };
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-windows-build-'));
  edition = await planned();
  reference = await build('reference');
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('a build leaves its outputs, its evidence, the plan and its record', async () => {
  const { record, directory } = reference;
  const name = 'gov-2026.11.0-amd64';
  expect(record.artifacts.map((file) => file.name)).toEqual([`${name}.wim`, `${name}.swm`]);
  for (const { name, digests, sizeBytes } of record.artifacts)
    expect(await sha256OfFile(join(directory, name))).toEqual({ sha256: digests.sha256, sizeBytes });
  for (const { name, sizeBytes } of record.evidence)
    expect(statSync(join(directory, 'evidence', name)).size).toBe(sizeBytes);
  expect(record.counts).toMatchObject({ modified: 3, missing: 0, violations: 0 });
  expect(JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))).toEqual(record);
  expect(JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8'))).toEqual(edition.plan);
});

test('the scratch space is gone afterwards, and nothing is mounted', async () => {
  expect(await readdir(join(place, 'reference', 'run'))).toEqual(['press.lock']);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(place);
});

test('a second build presses nothing again', async () => {
  const { record, events } = await build('reference');
  expect(record).toEqual(reference.record);
  const started = events.filter(({ kind }) => kind === 'start').map(({ stage }) => stage);
  expect(started).toEqual(['evidence']);
});

test('killed in each stage, the next run finishes with the same bytes', { timeout: 110_000 }, async () => {
  for (const stage of ['verify-base', 'registry', 'stage', 'image', 'check-image', 'swm', 'evidence']) {
    const controller = new AbortController();
    const kill = (event: ProgressEvent) => {
      if (event.stage === stage && event.kind === 'start') controller.abort(new Error(`killed in ${stage}`));
    };
    await expect(build('killed', kill, controller.signal)).rejects.toThrow(`killed in ${stage}`);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(join(place, 'killed'));
  }
  const { record } = await build('killed');
  expect(record).toEqual(reference.record);
});

test.each(['1m', '12m', '20m'])('a file system of %s is too small, and the build says so', async (size) => {
  const home = join(place, `full-${size}`);
  await mkdir(home);
  await runTool(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', home]);
  try {
    await expect(build(`full-${size}`)).rejects.toMatchObject({
      code: 'BUILD_NO_SPACE',
      params: { place: home },
    });
    expect(await readdir(join(home, 'outputs')).catch(() => [])).not.toContainEqual(
      expect.stringContaining('.tmp-'),
    );
  } finally {
    await runTool(['umount', home]);
  }
});

test('where hives cannot be edited in place, the record of the build differs and the evidence says why', async () => {
  const { plan, lock, store, fixture } = edition;
  const request = { plan, lock, home: join(place, 'replaced'), storeDirectory: store.directory };
  const { record, directory } = await pressWindows({ ...request, catalogKey: fixture.signerKey }, () => {}, {
    hiveMethod: 'replaced',
  });
  expect(record.artifacts[0]?.digests.sha256).not.toBe(reference.record.artifacts[0]?.digests.sha256);
  const statement = await readFile(join(directory, 'evidence', 'core-integrity.intoto.json'), 'utf8');
  expect(statement).toContain('replaced');
});
