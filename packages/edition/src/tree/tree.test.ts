import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { comparePaths, indexTree, mergeIndexes, readIndex, type TreeEntry, writeIndex } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-tree-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (path: string) => join(directory, path);
const byPath = (entries: readonly TreeEntry[], path: string) => entries.find((entry) => entry.path === path);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const tool = (...argv: string[]) => execFileSync(argv[0] ?? '', argv.slice(1));

describe('indexTree', () => {
  test('records type, mode, owner, size and digest, sorted by path', async () => {
    mkdirSync(at('etc'), { mode: 0o755 });
    writeFileSync(at('etc/hosts'), 'localhost\n', { mode: 0o644 });
    writeFileSync(at('ping'), 'x');
    chmodSync(at('ping'), 0o4755);
    symlinkSync('../run', at('etc/run'));
    tool('mkfifo', at('pipe'));
    tool('mknod', at('null'), 'c', '1', '3');
    tool('chown', '7:8', at('etc/hosts'));
    const entries = await indexTree(directory);
    expect(entries.map(({ path, type }) => `${path} ${type}`)).toEqual([
      '/ directory',
      '/etc directory',
      '/etc/hosts file',
      '/etc/run symlink',
      '/null character',
      '/ping file',
      '/pipe fifo',
    ]);
    expect(byPath(entries, '/etc/hosts')).toEqual({
      path: '/etc/hosts',
      type: 'file',
      mode: 0o644,
      uid: 7,
      gid: 8,
      sizeBytes: 10,
      sha256: sha256('localhost\n'),
    });
    expect(byPath(entries, '/ping')?.mode).toBe(0o4755);
    expect(byPath(entries, '/etc/run')?.link).toBe('../run');
    expect(byPath(entries, '/null')?.device).toEqual([1, 3]);
  });

  test('hashes a file larger than its buffer', async () => {
    const text = 'imprint\n'.repeat(400_000);
    writeFileSync(at('large'), text);
    expect(byPath(await indexTree(directory), '/large')).toMatchObject({
      sha256: sha256(text),
      sizeBytes: text.length,
    });
  });

  test('reads capabilities, ACLs and user attributes, whatever the name of the file', async () => {
    const odd = 'odd =\n\\012 名';
    writeFileSync(at(odd), '');
    tool('setfattr', '-n', 'user.note', '-v', 'a=b', at(odd));
    writeFileSync(at('ping'), '');
    tool('setcap', 'cap_net_raw+ep', at('ping'));
    writeFileSync(at('acl'), '');
    tool('setfacl', '-m', 'u:1:r', at('acl'));
    const entries = await indexTree(directory);
    expect(byPath(entries, `/${odd}`)?.xattrs).toEqual({
      'user.note': Buffer.from('a=b').toString('base64'),
    });
    expect(byPath(entries, '/ping')?.xattrs).toEqual({
      'security.capability': 'AQAAAgAgAAAAAAAAAAAAAAAAAAA=',
    });
    expect(Object.keys(byPath(entries, '/acl')?.xattrs ?? {})).toEqual(['system.posix_acl_access']);
  });

  test('groups hard links under their first path', async () => {
    writeFileSync(at('b'), 'x');
    linkSync(at('b'), at('a'));
    writeFileSync(at('c'), 'x');
    const entries = await indexTree(directory);
    expect(entries.map(({ path, hardlinks }) => [path, hardlinks])).toEqual([
      ['/', undefined],
      ['/a', '/a'],
      ['/b', '/a'],
      ['/c', undefined],
    ]);
  });

  test('reads an overlayfs upper directory: whiteouts and opaque directories', async () => {
    tool('mknod', at('gone'), 'c', '0', '0');
    mkdirSync(at('fresh'));
    tool('setfattr', '-n', 'trusted.overlay.opaque', '-v', 'y', at('fresh'));
    const entries = await indexTree(directory);
    expect(byPath(entries, '/gone')?.type).toBe('whiteout');
    expect(byPath(entries, '/fresh')).toMatchObject({ opaque: true });
    expect(byPath(entries, '/fresh')).not.toHaveProperty('xattrs');
  });

  test('refuses what an index cannot express', async () => {
    mkdirSync(at('moved'));
    tool('setfattr', '-n', 'trusted.overlay.redirect', '-v', '/old', at('moved'));
    await expect(indexTree(directory)).rejects.toMatchObject({
      code: 'TREE_ENTRY_UNSUPPORTED',
      params: { path: '/moved', found: 'trusted.overlay.redirect' },
    });
  });
});

describe('an index on disk', () => {
  const entries = (paths: string[]): TreeEntry[] =>
    paths.map((path) => ({ path, type: 'directory', mode: 0o755, uid: 0, gid: 0 }));

  test('comes back as it was', async () => {
    const original = entries(['/', '/a\u2028b', '/名']);
    await writeIndex(at('index.jsonl'), original);
    expect(await readIndex(at('index.jsonl'))).toEqual(original);
  });

  test('is refused when cut off', async () => {
    await writeIndex(at('index.jsonl'), entries(['/', '/a', '/b']));
    const lines = (await readFile(at('index.jsonl'), 'utf8')).split('\n');
    await truncate(at('index.jsonl'), `${lines.slice(0, 3).join('\n')}\n`.length);
    await expect(readIndex(at('index.jsonl'))).rejects.toMatchObject({
      code: 'TREE_INDEX_MALFORMED',
      params: { line: 3, problem: '2 of 3 entries' },
    });
  });
});

test('paths sort by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

describe('mergeIndexes', () => {
  test('shows what overlayfs shows', async () => {
    for (const name of ['lower/etc/a', 'lower/usr/lib/x', 'lower/opt/p', 'upper', 'work', 'merged'])
      mkdirSync(at(name), { recursive: true });
    for (const name of ['lower/etc/a/one', 'lower/etc/two', 'lower/usr/lib/x/y', 'lower/opt/p/q', 'lower/ab'])
      writeFileSync(at(name), name);
    const options = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')},redirect_dir=off`;
    tool('mount', '-t', 'overlay', 'overlay', '-o', options, at('merged'));
    try {
      rmSync(at('merged/etc/a'), { recursive: true });
      writeFileSync(at('merged/etc/a'), 'a file now');
      rmSync(at('merged/usr/lib'), { recursive: true });
      mkdirSync(at('merged/usr/lib'));
      writeFileSync(at('merged/usr/lib/z'), 'new');
      rmSync(at('merged/opt'), { recursive: true });
      chmodSync(at('merged/ab'), 0o600);
      const seen = await indexTree(at('merged'));
      const layers = [
        { id: 'lower', index: await indexTree(at('lower')) },
        { id: 'upper', index: await indexTree(at('upper')) },
      ];
      const merged = mergeIndexes(layers);
      const plain = [...merged.values()].map(({ entry: { opaque: _, ...entry } }) => entry);
      expect(plain).toEqual(seen);
      expect([...merged].map(([path, { layer }]) => `${path} ${layer}`)).toEqual([
        '/ upper',
        '/ab upper',
        '/etc upper',
        '/etc/a upper',
        '/etc/two lower',
        '/usr upper',
        '/usr/lib upper',
        '/usr/lib/z upper',
      ]);
    } finally {
      tool('umount', at('merged'));
    }
  });
});
