import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MutableCore } from '@imprint/protocol';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';
import agreement from '../../../../../../editions/gov-desktop-windows/vendor-policy.json' with {
  type: 'json',
};
import { loadManifest } from '../../../manifest/index.ts';
import { hivePaths } from '../data/hives.ts';
import { sampleWindowsLock } from './sample-windows-lock.ts';

let workspace: string;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'imprint-windows-sample-'));
  const editions = join(import.meta.dirname, '../../../../../../editions');
  await cp(editions, join(workspace, 'editions'), {
    recursive: true,
    filter: (path) => !/\.wim$/.test(path),
  });
  await mkdir(join(workspace, 'dist'));
  for (const name of ['gov-antivirus.msi', 'imprint-agent.exe', 'own.wim'])
    await writeFile(join(workspace, 'dist', name), 'stands in');
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

const sample = () => join(workspace, 'editions/gov-desktop-windows/edition.yaml');

test('the sample loads with an image that lies elsewhere, and is what the sample lock is made of', async () => {
  const image = join(workspace, 'dist/own.wim');
  const { manifest } = await loadManifest(sample(), { workspace, image });
  expect(manifest).toEqual(sampleWindowsLock().manifest);
});

test('without an image of one’s own the sample says what is missing', async () => {
  await expect(loadManifest(sample(), { workspace })).rejects.toMatchObject({
    details: [{ code: 'MANIFEST_INPUT_MISSING', params: { path: 'install.wim' } }],
  });
});

test('the vendor’s agreement names the hives an edition edits and nothing else', () => {
  expect(Value.Errors(MutableCore, agreement)).toEqual([]);
  expect(agreement.mutable.map(({ path }) => path).sort()).toEqual(Object.values(hivePaths).sort());
});
