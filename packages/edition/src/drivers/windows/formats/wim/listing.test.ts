import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../../tools/run-tool.ts';
import { descriptors } from '../../testing/security-descriptor.ts';
import { buildWindowsFixture, type WindowsFixture } from '../../testing/windows-fixture.ts';
import { listingReader, type WimEntry } from './listing.ts';

let directory: string;
let fixture: WindowsFixture;
let text: string;
let entries: ReadonlyMap<string, WimEntry>;

const parse = (listing: string) => {
  const reader = listingReader();
  for (const line of listing.split('\n')) if (line !== '') reader.line(line);
  return reader.end();
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'listing-'));
  fixture = await buildWindowsFixture(join(directory, 'fixture'));
  text = await runToolText(['wimlib-imagex', 'dir', fixture.wim, '1', '--detailed']);
  entries = new Map(parse(text).map((entry) => [entry.path, entry]));
});

afterAll(() => rm(directory, { recursive: true }));

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('every path of the image is listed once', async () => {
  const plain = await runToolText(['wimlib-imagex', 'dir', fixture.wim, '1']);
  expect([...entries.keys()]).toEqual(plain.trimEnd().split('\n'));
});

test('a program of System32 shares its file with WinSxS', () => {
  const one = entries.get('/Windows/System32/ntdll.dll');
  const links = [...entries.values()].filter(({ linkGroup }) => linkGroup === '/Windows/System32/ntdll.dll');
  expect(one).toMatchObject({
    linkCount: 2,
    isDirectory: false,
    sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(links.map(({ path }) => path)).toEqual([
    '/Windows/System32/ntdll.dll',
    expect.stringMatching(/^\/Windows\/WinSxS\/amd64_.*\/ntdll\.dll$/),
  ]);
  expect(new Set(links.map(({ sha1 }) => sha1)).size).toBe(1);
});

test('an empty file has no digest and a directory no size', () => {
  expect(entries.get('/Windows/Logs/empty.log')).toMatchObject({
    sizeBytes: 0,
    sha1: undefined,
    linkGroup: undefined,
  });
  expect(entries.get('/')).toMatchObject({
    isDirectory: true,
    sizeBytes: 0,
    creationTime: fixture.epochSeconds,
  });
});

test('what NTFS has beyond bytes is told', () => {
  expect(fixture.withoutAcls).toBeUndefined();
  expect(entries.get('/Windows/Web/Wallpaper/readme.txt')?.streams).toEqual([
    { name: 'Zone.Identifier', sizeBytes: 26, sha1: expect.stringMatching(/^[0-9a-f]{40}$/) },
  ]);
  expect(entries.get('/Program Files')?.shortName).toBe('PROGRA~1');
  expect(entries.get('/Windows/System32/config/SAM')?.securityDescriptor).toBe(digestOf(descriptors.hive));
  expect(entries.get('/Windows/System32/ntdll.dll')?.securityDescriptor).toBe(
    digestOf(descriptors.protected),
  );
  expect(entries.has('/Windows/Help/zh-CN/使用说明.txt')).toBe(true);
});

test('an image without descriptors says so', async () => {
  const plain = await buildWindowsFixture(join(directory, 'plain'), { acls: false });
  expect(plain.withoutAcls).toBe('asked for without');
  const listing = parse(await runToolText(['wimlib-imagex', 'dir', plain.wim, '1', '--detailed']));
  expect(new Set(listing.map(({ securityDescriptor }) => securityDescriptor))).toEqual(new Set([undefined]));
  expect(listing.find(({ path }) => path === '/Windows/System32/cmd.exe')).toMatchObject({
    linkGroup: '/Windows/System32/cmd.exe',
    linkCount: 2,
  });
});

test.each([
  ['an unknown field', (listing: string) => listing.replace('Link Count ', 'Link Colour ')],
  ['a field twice', (listing: string) => listing.replace(/(Link Count .*\n)/, '$1$1')],
  ['a missing field', (listing: string) => listing.replace(/Link Count .*\n/, '')],
  ['a start without dashes', (listing: string) => listing.replace(/^-+\n/, '')],
  ['a time of another form', (listing: string) => listing.replace(/(Creation Time += ).*/, '$1then UTC')],
  ['a path without its start', (listing: string) => listing.replace('"/Windows"', '"Windows"')],
])('%s is refused', (_what, change) => {
  const changed = change(text);
  expect(changed).not.toBe(text);
  expect(() => parse(changed)).toThrow(expect.objectContaining({ code: 'WINDOWS_TOOL_OUTPUT' }));
});
