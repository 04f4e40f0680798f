import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planBuild } from '../../plan/plan-build.ts';
import { sampleLock } from '../../plan/sample-lock.ts';
import { runTool, runToolText } from '../../tools/run-tool.ts';
import { indexTree } from '../../tree/index.ts';
import { pressSquashfs } from './press-squashfs.ts';

let place: string;
let root: string;

async function makeTree(): Promise<void> {
  for (const directory of ['empty', 'many', 'usr/bin']) mkdirSync(join(root, directory), { recursive: true });
  for (let at = 0; at < 700; at++)
    writeFileSync(join(root, 'many', `文件-${at}`), at % 7 === 0 ? '' : `content ${at}\n`);
  writeFileSync(join(root, 'usr/bin/large'), Buffer.alloc(700_001, 'pattern of some length '));
  writeFileSync(join(root, 'usr/bin/exact'), Buffer.alloc(2 * 128 * 1024, 'x'));
  writeFileSync(join(root, 'usr/bin/owned'), 'of someone');
  chownSync(join(root, 'usr/bin/owned'), 1000, 33);
  chmodSync(join(root, 'usr/bin/owned'), 0o4750);
  linkSync(join(root, 'usr/bin/large'), join(root, 'second-name'));
  symlinkSync('usr/bin/large', join(root, 'link'));
  await runTool(['mknod', join(root, 'null'), 'c', '1', '3']);
  await runTool(['mkfifo', join(root, 'pipe')]);
  const capability = '0x0100000200200000000000000000000000000000';
  await runTool(['setfattr', '-n', 'security.capability', '-v', capability, join(root, 'usr/bin/exact')]);
  await runTool(['setfattr', '-n', 'user.note', '-v', 'of a directory', join(root, 'empty')]);
}

const secondsOf = (path: string) => Math.floor(lstatSync(path).mtimeMs / 1000);

async function press(name: string): Promise<string> {
  const plan = planBuild(sampleLock(), { profile: 'preview', outputs: ['squashfs'] });
  const [output] = plan.outputs;
  if (output === undefined) throw new Error('the sample has a squashfs');
  const directory = join(place, name);
  mkdirSync(directory);
  const entries = await indexTree(root);
  const context = {
    plan,
    root,
    entries,
    directory,
    pieces: join(place, `${name}-pieces`),
    progress: () => {},
    mtimeOf: (path: string) => secondsOf(join(root, path)),
  };
  await pressSquashfs(context, output);
  return join(directory, output.fileName);
}

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-squashfs-'));
  root = join(place, 'tree');
  mkdirSync(root, { mode: 0o755 });
  await makeTree();
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

test('unsquashfs gives back the tree it was pressed from, attributes and hard links included', async () => {
  const image = await press('first');
  const back = join(place, 'back');
  await runTool(['unsquashfs', '-no-progress', '-quiet', '-dest', back, image]);
  expect(await indexTree(back)).toEqual(await indexTree(root));
});

test('times are kept and the file system bears the lock’s date', async () => {
  const image = await press('times');
  expect(await runToolText(['unsquashfs', '-mkfs-time', image])).toBe(`${sampleLock().sourceDateEpoch}\n`);
  const back = join(place, 'back-times');
  await runTool(['unsquashfs', '-no-progress', '-quiet', '-dest', back, image]);
  for (const path of ['', 'many', 'usr/bin/owned', 'link'])
    expect(secondsOf(join(back, path))).toBe(secondsOf(join(root, path)));
});

test('the same tree gives the same bytes, with and without pieces from before', async () => {
  const digest = async (path: string) => (await runToolText(['sha256sum', path])).split(' ')[0];
  expect(await digest(await press('again'))).toBe(
    await digest(join(place, 'first', 'gov-sample-2026.11.0-amd64.squashfs')),
  );
});
