import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TreeEntry } from '../../tree/index.ts';
import { splitEntries } from '../split-entries.ts';
import { padded, tarEnd, tarHeader } from './tar-header.ts';

const entry = (path: string, rest: Partial<TreeEntry> = {}): TreeEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  ...rest,
});

function archiveOf(entries: readonly TreeEntry[]): Buffer {
  const members = entries.flatMap((one) => [
    tarHeader(one, 1_700_000_000),
    padded(Buffer.alloc(one.sizeBytes ?? 0, 'x')),
  ]);
  return Buffer.concat([...members, tarEnd]);
}

function listed(entries: readonly TreeEntry[]): string {
  const argv = ['--list', '--verbose', '--numeric-owner', '--utc', '--quoting-style=literal'];
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };
  return execFileSync('tar', argv, { input: archiveOf(entries), env }).toString();
}

test('GNU tar reads types, modes, owners, sizes and times back', () => {
  const text = listed([
    entry('/', { type: 'directory', mode: 0o755 }),
    entry('/bin', { type: 'symlink', link: 'usr/bin', mode: 0o777 }),
    entry('/usr/bin/su', { mode: 0o4755, uid: 1000, gid: 100, sizeBytes: 3 }),
    entry('/dev/null', { type: 'character', device: [1, 3], mode: 0o666 }),
  ]);
  expect(text.split('\n')).toEqual([
    'drwxr-xr-x 0/0               0 2023-11-14 22:13 ./',
    'lrwxrwxrwx 0/0               0 2023-11-14 22:13 ./bin -> usr/bin',
    '-rwsr-xr-x 1000/100          3 2023-11-14 22:13 ./usr/bin/su',
    'crw-rw-rw- 0/0             1,3 2023-11-14 22:13 ./dev/null',
    '',
  ]);
});

test('long and Chinese names and long links travel in pax headers', () => {
  const long = `/${'long-name/'.repeat(20)}文件`;
  const text = listed([entry(long), entry('/link', { type: 'symlink', link: long })]);
  expect(text).toContain(`.${long}\n`);
  expect(text).toContain(`./link -> ${long}\n`);
});

test('a capability is set again when the archive is unpacked', () => {
  const directory = mkdtempSync(join(tmpdir(), 'imprint-tar-'));
  const value = Buffer.from('0100000200200000000000000000000000000000', 'hex').toString('base64');
  const archive = archiveOf([entry('/ping', { xattrs: { 'security.capability': value } })]);
  execFileSync('tar', ['--extract', '--xattrs', '--xattrs-include=*', '--directory', directory], {
    input: archive,
  });
  const argv = ['--only-values', '--name', 'security.capability', join(directory, 'ping')];
  expect(execFileSync('getfattr', argv, { stdio: 'pipe' }).toString('base64')).toBe(value);
  rmSync(directory, { recursive: true });
});

test('the second path of an inode is a link to the first', () => {
  const text = listed(
    [entry('/a', { hardlinks: '/a', sizeBytes: 4 }), entry('/b', { hardlinks: '/a', sizeBytes: 4 })].map(
      (one) => (one.path === '/b' ? { ...one, sizeBytes: 0 } : one),
    ),
  );
  expect(text).toContain('./b link to ./a');
});

const tree = fc
  .uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), sizeBytes: fc.nat(3_000_000) }), {
    selector: ({ name }) => name,
    maxLength: 200,
  })
  .map((files) =>
    files
      .map(({ name, sizeBytes }) => entry(`/${name}`, { sizeBytes }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  );

test('frames hold every entry once and in order', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      expect(splitEntries(entries).flat()).toEqual(entries);
    }),
    { numRuns: 100 },
  );
});

test('a file whose content changes without its size moves no boundary', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      const changed = entries.map((one) => ({ ...one, sha256: 'f'.repeat(64) }));
      expect(splitEntries(changed).map((frame) => frame.length)).toEqual(
        splitEntries(entries).map((frame) => frame.length),
      );
    }),
    { numRuns: 50 },
  );
});

test('frames after an inserted file find their old boundaries again', () => {
  const entries = Array.from({ length: 4000 }, (_, at) =>
    entry(`/f${String(at).padStart(5, '0')}`, { sizeBytes: 60_000 }),
  );
  const inserted = [...entries.slice(0, 10), entry('/f00009x', { sizeBytes: 10 }), ...entries.slice(10)];
  const ends = (list: readonly TreeEntry[]) => new Set(splitEntries(list).map((frame) => frame.at(-1)?.path));
  const [before, afterwards] = [ends(entries), ends(inserted)];
  const moved = [...before].filter((path) => !afterwards.has(path));
  expect(before.size).toBeGreaterThan(20);
  expect(moved.length).toBeLessThanOrEqual(2);
});
