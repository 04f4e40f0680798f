import {
  appendFile,
  copyFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { readWimXml } from '../formats/wim/read-xml.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { truncatedWim } from '../testing/bad-media.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import {
  exportImage,
  extractFiles,
  joinWim,
  listImage,
  setImageProperties,
  splitWim,
  updateImage,
  verifyWim,
  wimlibVersion,
} from './wimlib.ts';
import { inMountedImage, mountObstacle } from './wimlib-mount.ts';
import { parseProgress, runWimlib } from './wimlib-run.ts';

const software = '/Windows/System32/config/SOFTWARE';
let directory: string;
let fixture: WindowsFixture;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wimlib-'));
  fixture = await buildWindowsFixture(join(directory, 'fixture'));
});

afterAll(() => rm(directory, { recursive: true }));

async function copyOfFixture(name: string): Promise<string> {
  const path = join(directory, name);
  await copyFile(fixture.wim, path);
  return path;
}

const entryOf = async (wim: string, path: string, index = 1) =>
  (await listImage(wim, index)).find((entry) => entry.path === path);

test('the version is read and judged', async () => {
  const { version, isTakenByEveryDism } = await wimlibVersion();
  expect(version).toMatch(/^1\.\d+\.\d+$/);
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  expect(isTakenByEveryDism).toBe(minor > 14 || (minor === 14 && patch >= 5));
});

test('files come out as they went in, also one named in Chinese', async () => {
  const to = join(directory, 'extracted');
  await extractFiles(fixture.wim, 1, ['/Windows/Help/zh-CN/使用说明.txt', software], to);
  expect(await readFile(join(to, 'Windows/Help/zh-CN/使用说明.txt'), 'utf8')).toBe('欢迎使用\r\n');
  expect((await readFile(join(to, software))).toString('latin1', 0, 4)).toBe('regf');
});

test('a pattern is only a name', async () => {
  await expect(extractFiles(fixture.wim, 1, ['/Windows/*'], join(directory, 'x'))).rejects.toMatchObject({
    code: 'WINDOWS_WIM_PATH_MISSING',
    params: { index: 1 },
  });
});

test('an update adds, renames and deletes, with progress', async () => {
  const wim = await copyOfFixture('updated.wim');
  const from = join(directory, 'two words.txt');
  await writeFile(from, 'added');
  const phases: string[] = [];
  const updates = [
    { kind: 'add', from, to: '/Program Files/政务 目录/two words.txt' },
    { kind: 'rename', from: '/Windows/Panther/setupinfo', to: '/Windows/Panther/setupinfo.old' },
    { kind: 'delete', path: '/Windows/Temp', recursive: true },
  ] as const;
  await updateImage(wim, 1, updates, { onProgress: ({ phase }) => void phases.push(phase) });
  const [before, after] = await Promise.all([listImage(fixture.wim, 1), listImage(wim, 1)]);
  const only = (these: typeof before, those: typeof before) =>
    these.map(({ path }) => path).filter((path) => !those.some((other) => other.path === path));
  expect(only(after, before)).toEqual([
    '/Program Files/政务 目录',
    '/Program Files/政务 目录/two words.txt',
    '/Windows/Panther/setupinfo.old',
  ]);
  expect(only(before, after)).toEqual(['/Windows/Panther/setupinfo', '/Windows/Temp']);
  expect(phases).toContain('Archiving file data');
});

test('a quote in a path never reaches the commands', async () => {
  const wim = await copyOfFixture('quotes.wim');
  const before = await readFile(wim);
  const to = '/a" "/Windows';
  await expect(updateImage(wim, 1, [{ kind: 'add', from: '/etc/hostname', to }])).rejects.toMatchObject({
    code: 'WINDOWS_WIM_PATH',
  });
  expect((await readFile(wim)).equals(before)).toBe(true);
});

test('adding over a file drops its descriptor, editing it in a mount keeps it', async () => {
  expect(mountObstacle()).toBeUndefined();
  const [added, edited] = [await copyOfFixture('added.wim'), await copyOfFixture('edited.wim')];
  const from = join(directory, 'SOFTWARE');
  await writeFile(from, 'changed');
  await updateImage(added, 1, [{ kind: 'add', from, to: software }]);
  await inMountedImage(edited, 1, join(directory, 'mounted'), (root) =>
    writeFile(join(root, software), 'changed'),
  );
  const [original, byAdd, byMount] = await Promise.all(
    [fixture.wim, added, edited].map((wim) => entryOf(wim, software)),
  );
  expect(byAdd?.sha1).toBe(byMount?.sha1);
  expect(byAdd?.sha1).not.toBe(original?.sha1);
  expect(byAdd?.securityDescriptor).not.toBe(original?.securityDescriptor);
  expect(byMount?.securityDescriptor).toBe(original?.securityDescriptor);
  expect(byMount?.creationTime).toBe(original?.creationTime);
  expect(await readdir(directory)).not.toContain('mounted');
});

test('work that fails in a mount changes nothing and leaves no mount', async () => {
  const wim = await copyOfFixture('failing.wim');
  const before = await readFile(wim);
  const failing = inMountedImage(wim, 1, join(directory, 'failing'), async (root) => {
    await appendFile(join(root, software), 'half');
    throw new Error('stopped half-way');
  });
  await expect(failing).rejects.toThrow('stopped half-way');
  expect((await readFile(wim)).equals(before)).toBe(true);
  expect(await readdir(directory)).not.toContain('failing');
  expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(join(directory, 'failing'));
});

test('a mount that cannot be is answered by its code, with what FUSE said', async () => {
  const notEmpty = inMountedImage(fixture.wim, 1, join(directory, 'fixture'), async () => {});
  await expect(notEmpty).rejects.toMatchObject({
    code: 'WINDOWS_TOOL_MOUNT',
    params: { reason: 'mountpoint is not empty' },
  });
  expect((await stat(fixture.wim)).isFile()).toBe(true);
});

test('an image that is mounted takes no second writer', async () => {
  const wim = await copyOfFixture('locked.wim');
  await inMountedImage(wim, 1, join(directory, 'first'), async () => {
    await expect(
      updateImage(wim, 1, [{ kind: 'delete', path: '/Windows/Temp', recursive: true }]),
    ).rejects.toMatchObject({
      code: 'WINDOWS_WIM_LOCKED',
    });
  });
});

test('an export holds one image and drops what it does not use', async () => {
  const wim = await copyOfFixture('appended.wim');
  await updateImage(wim, 1, [{ kind: 'delete', path: '/Windows/System32/notepad.exe' }]);
  const to = join(directory, 'exported.wim');
  await exportImage(wim, 2, to);
  await setImageProperties(to, 1, { 'WINDOWS/EDITIONID': 'Gov', DESCRIPTION: '政务版' });
  const images = await withWim(to, async (file) => readWimXml(file, await readWimHeader(file)));
  expect(images).toEqual([
    expect.objectContaining({ name: 'Windows 10 Pro', editionId: 'Gov', description: '政务版' }),
  ]);
  expect((await stat(to)).size).toBeLessThan((await stat(wim)).size);
  await verifyWim(to);
});

test('a split set verifies with its parts, and not without', async () => {
  const parts = await splitWim(fixture.wim, join(directory, 'install.swm'), 4);
  expect(parts.map((part) => part.slice(directory.length + 1))).toEqual([
    'install.swm',
    'install2.swm',
    'install3.swm',
    'install4.swm',
  ]);
  const [first = '', second = ''] = parts;
  await verifyWim(first, { refs: parts.slice(1) });
  await expect(verifyWim(first)).rejects.toMatchObject({ code: 'WINDOWS_WIM_BLOB_MISSING' });
  const joined = join(directory, 'joined.wim');
  await joinWim(parts, joined);
  expect(await listImage(joined, 1)).toEqual(await listImage(fixture.wim, 1));
  await expect(joinWim([first, second], joined)).rejects.toMatchObject({ code: 'WINDOWS_WIM_PARTS_MISSING' });
});

test('a flipped byte fails verification', async () => {
  const wim = await copyOfFixture('flipped.wim');
  const handle = await open(wim, 'r+');
  await handle.write(Buffer.from('flipped!'), 0, 8, 3_000_000);
  await handle.close();
  await expect(verifyWim(wim)).rejects.toMatchObject({ code: 'WINDOWS_WIM_CORRUPT', params: { file: wim } });
});

test.each([
  [
    'a truncated file',
    'WINDOWS_WIM_CORRUPT',
    () => truncatedWim(fixture.wim, join(directory, 'cut.wim'), 4 << 20),
  ],
  ['a file that is no WIM', 'WINDOWS_WIM_MALFORMED', async () => fixture.rootCertificate],
  ['a file that is not there', 'WINDOWS_TOOL_WIMLIB', async () => join(directory, 'nowhere.wim')],
])('%s is answered by its code', async (_what, code, wim) => {
  await expect(listImage(await wim(), 1)).rejects.toMatchObject({ code });
});

test('what a reader of lines throws comes out once wimlib has ended', async () => {
  const onLine = () => {
    throw new Error('not understood');
  };
  const args = ['dir', fixture.wim, '1'];
  await expect(runWimlib({ file: fixture.wim, args, onLine })).rejects.toThrow('not understood');
});

test('an aborted command rejects with the reason', async () => {
  const signal = AbortSignal.abort(new Error('stopped by the caller'));
  await expect(verifyWim(fixture.wim, { signal })).rejects.toThrow('stopped by the caller');
});

test.each([
  ['Archiving file data: 3 MiB of 16 MiB (25%) done', { phase: 'Archiving file data', fraction: 0.25 }],
  ['Splitting WIM: 10 MiB of 10 MiB (100%) written, part 4 of 4', { phase: 'Splitting WIM', fraction: 1 }],
  ['Using LZX compression with 2 threads', undefined],
])('%s is progress or not', (line, progress) => {
  expect(parseProgress(line)).toEqual(progress);
});
