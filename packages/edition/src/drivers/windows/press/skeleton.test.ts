import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hivePaths } from '../data/hives.ts';
import { buildWindowsFixture } from '../testing/windows-fixture.ts';
import { exportImage, extractFiles, listImage } from '../tools/wimlib.ts';
import { blobEntriesOf } from './blob-entries.ts';
import { dropBorrowed, writeSkeleton } from './skeleton.ts';

let directory: string;
let wim: string;
let skeleton: string;
let hive: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-skeleton-'));
  ({ wim } = await buildWindowsFixture(join(directory, 'vendor')));
  hive = (await listImage(wim, 2)).find(({ path }) => path === hivePaths.software)?.sha1 ?? '';
  skeleton = join(directory, 'skeleton.wim');
  await writeSkeleton({ parts: [wim], index: 2, carried: new Set([hive]) }, skeleton);
});

afterAll(() => rm(directory, { recursive: true }));

test('it has one image, listed as the vendor’s, and next to no data', async () => {
  expect(await listImage(skeleton, 1)).toEqual(await listImage(wim, 2));
  expect((await stat(skeleton)).blocks * 512).toBeLessThan((await stat(wim)).size / 50);
});

test('what is carried can be read; what is borrowed is refused, never read as something else', async () => {
  const [ours, theirs] = [join(directory, 'ours'), join(directory, 'theirs')];
  await extractFiles(skeleton, 1, [hivePaths.software], ours);
  await extractFiles(wim, 2, [hivePaths.software], theirs);
  const [read, wanted] = await Promise.all(
    [ours, theirs].map((at) => readFile(join(at, hivePaths.software))),
  );
  expect(read).toEqual(wanted);
  await expect(
    extractFiles(skeleton, 1, ['/Windows/System32/notepad.exe'], join(directory, 'borrowed')),
  ).rejects.toMatchObject({ code: 'WINDOWS_WIM_CORRUPT' });
});

test('without what it borrowed it is a delta that the vendor’s file completes', async () => {
  await dropBorrowed(skeleton);
  const left = await blobEntriesOf([skeleton]);
  expect(left.filter(({ isMetadata }) => !isMetadata).map(({ sha1 }) => sha1)).toEqual([hive]);
  const whole = join(directory, 'whole.wim');
  await exportImage(skeleton, 1, whole, { refs: [wim] });
  expect(await listImage(whole, 1)).toEqual(await listImage(wim, 2));
});
