import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../../tools/run-tool.ts';
import { editHive } from '../../tools/hivexregedit.ts';
import type { RegistryEdit } from '../reg/model.ts';
import { headerChecksum } from './cells.ts';
import { minimalHive } from './minimal-hive.ts';
import { dwordValue, type RegistryValue, textValue, typeNumber } from './model.ts';
import { flattenHive, type Hive, openHive, readHive } from './read-hive.ts';

let directory: string;
let minimal: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-read-hive-'));
  minimal = join(directory, 'MINIMAL');
  await writeFile(minimal, minimalHive({ name: 'SOFTWARE' }));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const refusal = (code: string, params: object = {}) =>
  expect.objectContaining({ code, params: expect.objectContaining(params) });

async function hiveOf(edits: readonly RegistryEdit[]): Promise<{ path: string; bytes: Buffer }> {
  const path = join(await mkdtemp(join(directory, 'hive-')), 'SOFTWARE');
  await editHive({ base: minimal, edits, out: path });
  return { path, bytes: await readFile(path) };
}

/** Writes a hive as `hivexregedit --export` does, each key's lines sorted here. */
function exportOf(hive: Hive): string[] {
  const hex = ({ type, data }: RegistryValue) =>
    type === 'dword' && data.length === 4
      ? `dword:${data.readUInt32LE(0).toString(16).padStart(8, '0')}`
      : `hex(${typeNumber(type).toString(16)}):${(data.toString('hex').match(/../g) ?? []).join(',')}`;
  const quoted = (name: string) => (name === '' ? '@' : `"${name.replace(/["\\]/g, '\\$&')}"`);
  return [...hive.walk()]
    .map(({ path, values }) =>
      [`[\\${path}]`, ...values.map(({ name, value }) => `${quoted(name)}=${hex(value)}`).sort()].join('\n'),
    )
    .sort();
}

async function hivexExport(path: string): Promise<string[]> {
  const text = await runToolText(['hivexregedit', '--export', path, '\\']);
  const blocks = text.trimEnd().split('\n\n').slice(1);
  return blocks
    .map((block) => [...block.split('\n').slice(0, 1), ...block.split('\n').slice(1).sort()].join('\n'))
    .sort();
}

/** The place of a cell's data, found by what it begins with. */
function cellWith(bytes: Buffer, start: Buffer): { at: number; offset: number } {
  const at = bytes.indexOf(start);
  expect(at).toBeGreaterThan(4096);
  return { at, offset: at - 4 - 4096 };
}

/** The place of a value's own cell. */
function valueCell(bytes: Buffer, name: string): number {
  return bytes.indexOf(name, 0, 'latin1') - 20;
}

test('several thousand keys read as hivex reads them', async () => {
  const edits = Array.from({ length: 3000 }, (_, index): RegistryEdit => {
    const key = `Vendor ${index % 40}\\组件_${index % 700}\\${(index * 7919) % 3000}`;
    if (index % 3 === 0) return { key, name: '', value: textValue('sz', `文本 ${index}`) };
    if (index % 3 === 1) return { key, name: `名称 "${index}" \\`, value: dwordValue(index) };
    return { key, name: 'Data', value: { type: 'binary', data: Buffer.alloc(index % 500, index % 251) } };
  });
  const { path, bytes } = await hiveOf(edits);
  const hive = openHive(bytes, 'SOFTWARE');
  expect(flattenHive(hive).size).toBeGreaterThan(3000);
  expect(exportOf(hive)).toEqual(await hivexExport(path));
});

test('data in segments reads as hivex reads it', async () => {
  const data = (size: number, fill: number): RegistryValue => ({
    type: 'binary',
    data: Buffer.alloc(size, fill),
  });
  const parts = { seg0: data(16344, 0xa1), seg1: data(1000, 0xa2), list: data(8, 0xa3), head: data(8, 0xa4) };
  const named: [string, RegistryValue][] = [...Object.entries(parts), ['whole', data(8, 0xa5)]];
  const { path, bytes } = await hiveOf(named.map(([name, value]) => ({ key: 'K', name, value })));
  const place = (name: keyof typeof parts) => cellWith(bytes, parts[name].data.subarray(0, 8));
  const [list, head] = [place('list'), place('head')];
  bytes.writeUInt32LE(place('seg0').offset, list.at);
  bytes.writeUInt32LE(place('seg1').offset, list.at + 4);
  bytes.write('db', head.at, 'latin1');
  bytes.writeUInt16LE(2, head.at + 2);
  bytes.writeUInt32LE(list.offset, head.at + 4);
  for (const name of Object.keys(parts)) bytes.writeUInt32LE(0, valueCell(bytes, name) + 4);
  bytes.writeUInt32LE(17344, valueCell(bytes, 'whole') + 4);
  bytes.writeUInt32LE(head.offset, valueCell(bytes, 'whole') + 8);
  await writeFile(path, bytes);
  const hive = openHive(bytes, 'SOFTWARE');
  expect(hive.key('k')?.values.find(({ name }) => name === 'whole')?.value.data).toEqual(
    Buffer.concat([parts.seg0.data, parts.seg1.data]),
  );
  expect(exportOf(hive)).toEqual(await hivexExport(path));
});

async function hiveWithList(rewrite: (bytes: Buffer, list: number) => void) {
  const names = ['Alpha', 'Beta', '名称'];
  const edits: RegistryEdit[] = names.map((name) => ({ key: name, addKey: true }));
  const holder: RegistryValue = { type: 'binary', data: Buffer.alloc(8, 0xa1) };
  const made = await hiveOf([...edits, { key: '', name: 'holder', value: holder }]);
  const rootCell = 4096 + made.bytes.readUInt32LE(36) + 4;
  rewrite(made.bytes, 4096 + made.bytes.readUInt32LE(rootCell + 28) + 4);
  await writeFile(made.path, made.bytes);
  return { ...made, names, hive: openHive(made.bytes, 'SOFTWARE') };
}

test.each<[string, (bytes: Buffer, list: number) => void]>([
  ['lh', () => {}],
  ['lf', (bytes, list) => void bytes.write('lf', list, 'latin1')],
  [
    'li',
    (bytes, list) => {
      bytes.write('li', list, 'latin1');
      for (const index of [0, 1, 2])
        bytes.writeUInt32LE(bytes.readUInt32LE(list + 4 + 8 * index), list + 4 + 4 * index);
    },
  ],
  [
    'ri',
    (bytes, list) => {
      const { at, offset } = cellWith(bytes, Buffer.alloc(8, 0xa1));
      bytes.write('ri\x01\x00', at, 'latin1');
      bytes.writeUInt32LE(list - 4 - 4096, at + 4);
      bytes.writeUInt32LE(0, valueCell(bytes, 'holder') + 4);
      bytes.writeUInt32LE(offset, 4096 + bytes.readUInt32LE(36) + 4 + 28);
    },
  ],
])('a list of the kind %s reads as hivex reads it', async (_kind, rewrite) => {
  const { path, hive, names } = await hiveWithList(rewrite);
  expect([...hive.walk()].map((key) => key.path)).toEqual(['', ...names]);
  expect(hive.key('beta')?.path).toBe('Beta');
  expect(exportOf(hive)).toEqual(await hivexExport(path));
});

test('a list that names a key twice is refused', async () => {
  const twice = hiveWithList((bytes, list) => {
    bytes.writeUInt32LE(bytes.readUInt32LE(list + 4), list + 12);
  });
  const { hive } = await twice;
  expect(() => flattenHive(hive)).toThrow(refusal('WINDOWS_HIVE_MALFORMED'));
});

test('a key that is its own descendant is refused', async () => {
  const { hive } = await hiveWithList((bytes, list) => {
    bytes.writeUInt32LE(bytes.readUInt32LE(36), list + 4);
  });
  expect(() => flattenHive(hive)).toThrow(refusal('WINDOWS_HIVE_MALFORMED'));
});

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = minimalHive({ name: 'SOFTWARE' });
  change(bytes);
  bytes.writeUInt32LE(headerChecksum(bytes), 508);
  return bytes;
}

test.each<[string, Buffer, object]>([
  ['no bytes', Buffer.alloc(0), { offset: 0 }],
  ['another signature', changed((bytes) => bytes.write('xegf')), { offset: 0 }],
  ['a missing bin', minimalHive({ name: 'S' }).subarray(0, 4096), { offset: 40 }],
  ['a bin of another signature', changed((bytes) => bytes.write('xbin', 4096)), { offset: 4096 }],
  ['a cell beyond its bin', changed((bytes) => bytes.writeInt32LE(-4096, 4128)), { offset: 4128 }],
])('%s is malformed, and the error says where', (_what, bytes, params) => {
  expect(() => openHive(bytes, 'S')).toThrow(refusal('WINDOWS_HIVE_MALFORMED', { name: 'S', ...params }));
});

test('a header that was changed without its checksum is malformed', () => {
  const bytes = minimalHive({ name: 'S' });
  bytes.writeUInt8(9, 60);
  expect(() => openHive(bytes, 'S')).toThrow(refusal('WINDOWS_HIVE_MALFORMED', { offset: 508 }));
});

test('a hive whose last writes are in its logs is dirty', () => {
  const bytes = changed((header) => void header.writeUInt32LE(2, 4));
  expect(() => openHive(bytes, 'S')).toThrow(refusal('WINDOWS_HIVE_DIRTY', { primary: 2, secondary: 1 }));
});

test.each([0, 2, 7])('a hive of version 1.%d is not read', (minor) => {
  const bytes = changed((header) => void header.writeUInt32LE(minor, 24));
  expect(() => openHive(bytes, 'S')).toThrow(refusal('WINDOWS_HIVE_TOO_OLD', { version: `1.${minor}` }));
});

test('a file too large for a hive is refused unread', async () => {
  const path = join(directory, 'LARGE');
  const handle = await open(path, 'w');
  await handle.truncate(2 ** 40);
  await handle.close();
  await expect(readHive(path)).rejects.toThrow(refusal('WINDOWS_HIVE_TOO_LARGE', { name: 'LARGE' }));
});

test('whatever is corrupted, reading ends with keys or a coded error', async () => {
  const value = (index: number): RegistryValue => ({
    type: 'binary',
    data: Buffer.alloc(index * 3, 0x30 + index),
  });
  const { bytes } = await hiveOf(
    Array.from({ length: 60 }, (_, index) => ({
      key: `Key ${index % 5}\\名称\\${index % 7}`,
      name: `Value ${index}`,
      value: value(index),
    })),
  );
  const words = [...Array(bytes.length / 4).keys()].map((index) => bytes.readUInt32LE(index * 4));
  const word = fc.oneof(fc.constantFrom(...words), fc.nat(0xffffffff), fc.nat(40), fc.constant(0xffffffff));
  const at = fc.oneof(
    fc.nat(bytes.length / 4 - 1),
    fc.nat({ max: 1400 }).map((index) => 1024 + index),
  );
  const damage = fc.array(fc.tuple(at, word), { minLength: 1, maxLength: 8 });
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(damage, fc.option(fc.nat(bytes.length)), (writes, cut) => {
      const copy = Buffer.from(bytes);
      for (const [index, number] of writes) copy.writeUInt32LE(number, Math.min(index * 4, copy.length - 4));
      copy.writeUInt32LE(headerChecksum(copy), 508);
      try {
        const hive = openHive(cut === null ? copy : copy.subarray(0, cut), 'S');
        flattenHive(hive);
        hive.key('Key 1\\名称\\2');
        read += 1;
      } catch (error) {
        if (!isImprintError(error) || !error.code.startsWith('WINDOWS_HIVE_')) throw error;
        refused += 1;
      }
    }),
    { numRuns: 1500 },
  );
  expect(Math.min(refused, read)).toBeGreaterThan(50);
});
