import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildRecord, IntegrityEntry } from '@imprint/protocol';
import { digestsOf, sha256Hex } from '@imprint/trust';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildManifest, encodeManifest } from '../../evidence/integrity/manifest.ts';
import { runTool } from '../../tools/run-tool.ts';
import { extractLooseFiles } from './loose-files.ts';

let build: string;
beforeEach(async () => {
  build = await mkdtemp(join(tmpdir(), 'imprint-loose-'));
});
afterEach(() => rm(build, { recursive: true, force: true }));

const rules = { type: 'file', mode: 0o644, uid: 0, gid: 0, class: 'overlay', origin: 'test' } as const;

function entry(path: string, text: string, rest: Partial<IntegrityEntry> = {}): IntegrityEntry {
  const bytes = Buffer.from(text);
  return { path, ...rules, sizeBytes: bytes.length, sha256: sha256Hex(bytes), evidence: 'step', ...rest };
}

/** A build of one tree whose manifest says what it is told to. */
async function makeBuild(
  files: Readonly<Record<string, string>>,
  entries: readonly IntegrityEntry[],
  kinds: readonly ('rootfs' | 'squashfs')[] = ['rootfs'],
): Promise<void> {
  const tree = join(build, 'tree');
  await mkdir(tree);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  await mkdir(join(tree, 'usr/lib'), { recursive: true });
  await link(join(tree, 'etc/one'), join(tree, 'usr/lib/one-again')).catch(() => {});
  await chmod(tree, 0o755);
  await runTool([
    'tar',
    '--zstd',
    '--sort=name',
    '--create',
    '--file',
    join(build, 'root.tar.zst'),
    '-C',
    tree,
    '.',
  ]);
  const counts = { core: 0, overlay: entries.length, modified: 0, missing: 0, violations: 0 };
  const head = { edition: 'test', version: '1', lockSha256: '0'.repeat(64), counts };
  const integrity = encodeManifest(buildManifest({ ...head, entries }));
  await mkdir(join(build, 'evidence'));
  await writeFile(join(build, 'evidence/integrity.json.gz'), integrity);
  const record: BuildRecord = {
    ...{ schema: 'imprint/build/v1', planSha256: '0'.repeat(64), profile: 'release', ...head },
    artifacts: kinds.map((kind) => ({
      ...{ kind, name: 'root.tar.zst', digests: digestsOf(Buffer.alloc(0)), sizeBytes: 0 },
    })),
    evidence: [
      {
        kind: 'integrity',
        name: 'integrity.json.gz',
        digests: digestsOf(integrity),
        sizeBytes: integrity.length,
      },
    ],
  };
  await writeFile(join(build, 'build.json'), JSON.stringify(record));
}

const at = () => join(build, 'out');

test('files that no package has, and configuration of packages, come out by their digest, each once, hard links and empty ones too', async () => {
  const files = {
    'etc/one': 'one',
    'etc/two': 'one',
    'etc/empty': '',
    'etc/kept': 'package',
    'usr/share/kept': 'data',
    'etc/seen': 'log',
  };
  await makeBuild({ ...files, 'var/lib/dpkg/info/x.list': 'list', 'etc/agreed': 'agreed' }, [
    entry('/etc/one', 'one'),
    entry('/etc/two', 'one', { evidence: 'clean-build', class: 'core' }),
    entry('/usr/lib/one-again', 'one'),
    entry('/etc/empty', ''),
    entry('/etc/agreed', 'agreed', { evidence: 'agreed', class: 'modified' }),
    entry('/etc/kept', 'package', { evidence: 'package', class: 'core' }),
    entry('/usr/share/kept', 'data', { evidence: 'package', class: 'core' }),
    entry('/etc/seen', 'log', { volatile: true }),
    entry('/var/lib/dpkg/info/x.list', 'list', { evidence: 'clean-build' }),
  ]);
  await extractLooseFiles(build, at());
  const texts = ['one', '', 'agreed', 'package'];
  const digests = texts.map((text) => sha256Hex(Buffer.from(text)));
  expect((await readdir(join(at(), 'files'))).sort()).toEqual([...digests].sort());
  for (const [index, text] of texts.entries())
    expect(await readFile(join(at(), 'files', digests[index] ?? ''), 'utf8')).toBe(text);
});

test.each([
  ['has another content', { 'etc/one': 'eno' }],
  ['has another size', { 'etc/one': 'other' }],
  ['is not there', { 'etc/two': 'two' }],
])('a build whose file %s is refused, and nothing of it is left', async (_, files) => {
  await makeBuild(files, [entry('/etc/one', 'one')]);
  await expect(extractLooseFiles(build, at())).rejects.toMatchObject({
    code: 'PATCH_FILES_MISSING',
    params: { path: '/etc/one' },
  });
  expect(await readdir(join(at(), 'files'))).toEqual([]);
});

test('a build without a root file system is refused', async () => {
  await makeBuild({ 'etc/one': 'one' }, [entry('/etc/one', 'one')], ['squashfs']);
  await expect(extractLooseFiles(build, at())).rejects.toMatchObject({ code: 'PATCH_BUILD_INCOMPLETE' });
});

test('a tar that is cut is refused', async () => {
  await makeBuild({ 'etc/one': 'one', 'etc/three': 'x'.repeat(100_000) }, [entry('/usr/none', 'none')]);
  const file = join(build, 'root.tar.zst');
  await writeFile(file, (await readFile(file)).subarray(0, 60));
  await expect(extractLooseFiles(build, at())).rejects.toMatchObject({ code: 'TOOL_FAILED' });
});
