import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLayerStore } from './layer-store.ts';

const key = 'ab'.repeat(32);
let directory: string;
let home: string;
let upper: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-layers-'));
  home = join(directory, 'small');
  upper = join(directory, 'upper');
  await mkdir(home);
  await mkdir(upper);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', home]);
});
afterEach(async () => {
  execFileSync('umount', [home]);
  await rm(directory, { recursive: true, force: true });
});

test('a layer that no longer fits leaves nothing, and a smaller one still finds room', async () => {
  const layers = openLayerStore(home);
  await mkdir(layers.directory);
  await writeFile(join(upper, 'large'), Buffer.alloc(2 * 1024 * 1024, 1));
  await expect(layers.put({ key, id: 'packages' }, upper)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect(await readdir(layers.directory)).toEqual([]);

  await writeFile(join(upper, 'large'), Buffer.alloc(100 * 1024, 1));
  expect(await layers.put({ key, id: 'packages' }, upper)).toMatchObject({ key, entries: 2 });
  expect(layers.has(key)).toBe(true);
});
