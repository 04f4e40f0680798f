import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { IntegrityEntry } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { scanRoot } from './scan.ts';

let device: TestDevice;
let entries: IntegrityEntry[];
const files = ['/usr/bin/tool', '/usr/lib/library.so', '/etc/setting.conf', '/var/log/journal'];

function entryOf(path: string): IntegrityEntry {
  const place = join(device.root, path);
  const stats = lstatSync(place);
  const common = { path, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  const known = { class: 'core' as const, origin: 'tool_1', evidence: 'package' as const };
  if (stats.isSymbolicLink()) return { ...common, ...known, type: 'symlink', link: readlinkSync(place) };
  if (stats.isDirectory()) return { ...common, ...known, type: 'directory' };
  const sha256 = createHash('sha256').update(readFileSync(place)).digest('hex');
  return { ...common, ...known, type: 'file', sizeBytes: stats.size, sha256 };
}

beforeEach(() => {
  device = testDevice();
  for (const path of files) device.put(path, `content of ${path}\n`, 0o755);
  device.link('/usr/bin/alias', 'tool');
  device.put('/usr/lib/big', Buffer.alloc(3 * 1024 * 1024 + 17, 7));
  const paths = [
    '/usr',
    '/usr/bin',
    '/usr/lib',
    '/etc',
    ...files,
    '/usr/bin/alias',
    '/usr/lib/big',
    '/usr/lib/imprint',
    '/usr/lib/imprint/edition.json',
  ];
  entries = paths
    .sort()
    .map((path) => ({ ...entryOf(path), ...(path === '/var/log/journal' ? { volatile: true } : {}) }));
});
afterEach(() => device.dispose());

const found = () =>
  scanRoot(entries, { root: device.root }).findings.map(({ path, differences }) => [path, ...differences]);
const at = (path: string) => join(device.root, path);

describe('a scan against the signed manifest', () => {
  test('finds nothing on an untouched root, and says what it did not compare', () => {
    const result = scanRoot(entries, { root: device.root });
    expect(result.findings).toEqual([]);
    expect(result.checked).toBe(entries.length - 1);
    expect(result.skipped).toBe(1);
    expect(result.bytes).toBeGreaterThan(3 * 1024 * 1024);
  });

  const rows: [string, () => void, string[][]][] = [
    [
      'one changed byte',
      () => writeFileSync(at('/usr/bin/tool'), 'Content of /usr/bin/tool\n'),
      [['/usr/bin/tool', 'content']],
    ],
    [
      'a longer file',
      () => writeFileSync(at('/etc/setting.conf'), 'more than it was before\n'),
      [['/etc/setting.conf', 'content']],
    ],
    [
      'the last byte of a large file',
      () => {
        const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 7);
        bytes[bytes.length - 1] = 8;
        writeFileSync(at('/usr/lib/big'), bytes);
      },
      [['/usr/lib/big', 'content']],
    ],
    ['a mode', () => chmodSync(at('/usr/bin/tool'), 0o4755), [['/usr/bin/tool', 'mode']]],
    ['a missing file', () => rmSync(at('/usr/lib/library.so')), [['/usr/lib/library.so', 'missing']]],
    [
      'a link that leads elsewhere',
      () => {
        rmSync(at('/usr/bin/alias'));
        symlinkSync('library', at('/usr/bin/alias'));
      },
      [['/usr/bin/alias', 'link']],
    ],
    [
      'a file that became a link to the same content',
      () => {
        writeFileSync(at('/copy'), readFileSync(at('/usr/bin/tool')));
        rmSync(at('/usr/bin/tool'));
        symlinkSync('/copy', at('/usr/bin/tool'));
      },
      [['/usr/bin/tool', 'type']],
    ],
    [
      'a file beside the core',
      () => writeFileSync(at('/usr/bin/planted'), ''),
      [['/usr/bin/planted', 'extra']],
    ],
    ['a changed volatile file', () => writeFileSync(at('/var/log/journal'), 'grown'), []],
    ['a new file where a running system writes', () => writeFileSync(at('/etc/hostid'), ''), []],
    ["an administrator's own file", () => device.put('/usr/local/bin/own', ''), []],
    [
      'a whole missing directory',
      () => rmSync(at('/etc'), { recursive: true }),
      [
        ['/etc', 'missing'],
        ['/etc/setting.conf', 'missing'],
      ],
    ],
  ];
  test.each(rows)('names %s', (_what, change, expected) => {
    change();
    expect(found()).toEqual(expected);
  });

  test('names an owner that is not the signed one', () => {
    entries = entries.map((entry) =>
      entry.path === '/usr/bin/tool' ? { ...entry, uid: entry.uid + 1 } : entry,
    );
    expect(found()).toEqual([['/usr/bin/tool', 'owner']]);
  });

  test('does not judge the top of a mounted file system, which hides the directory below it', () => {
    // `/proc` is mounted wherever this test runs.
    const wrong = { mode: 0o700, uid: 4242, gid: 0, class: 'core', origin: 'base-files_13' } as const;
    const proc: IntegrityEntry = { path: '/proc', type: 'directory', evidence: 'package', ...wrong };
    expect(scanRoot([proc], { root: '/' }).findings).toEqual([]);
    expect(scanRoot([{ ...proc, type: 'file' }], { root: '/' }).findings).toMatchObject([
      { differences: ['type'] },
    ]);
  });

  test('names every difference of one path', () => {
    writeFileSync(at('/usr/bin/tool'), 'other');
    chmodSync(at('/usr/bin/tool'), 0o777);
    expect(found()).toEqual([['/usr/bin/tool', 'mode', 'content']]);
  });

  test('changes nothing of what it reads', () => {
    const before = readdirSync(device.root, { recursive: true }).sort();
    scanRoot(entries, { root: device.root });
    expect(readdirSync(device.root, { recursive: true }).sort()).toEqual(before);
  });
});
