import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../tools/run-tool.ts';
import type { RegistryEdit } from '../formats/reg/model.ts';
import { changesOfEdits } from '../formats/regf/changes-of-edits.ts';
import { checkHive } from '../formats/regf/check-hive.ts';
import { diffHives } from '../formats/regf/diff-hives.ts';
import { minimalHive } from '../formats/regf/minimal-hive.ts';
import {
  decodeValue,
  dwordValue,
  multiTextValue,
  type RegistryType,
  textValue,
} from '../formats/regf/model.ts';
import { nameHash } from '../formats/regf/names.ts';
import { openHive, readHive } from '../formats/regf/read-hive.ts';
import { editHive } from './hivexregedit.ts';

let directory: string;
let minimal: string;
let base: string;

const baseEdits: RegistryEdit[] = [
  { key: 'Policies\\Microsoft', name: 'Level', value: dwordValue(3) },
  { key: 'Policies\\Microsoft', name: '', value: textValue('sz', 'default') },
  { key: 'Policies\\名称\\Deep', name: '值', value: textValue('expand-sz', '%SystemRoot%\\政务') },
  { key: 'Policies\\名称', name: 'list', value: multiTextValue(['a', '𠀀']) },
  { key: 'Run', name: 'OneDriveSetup', value: textValue('sz', 'x.exe') },
];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-hives-'));
  minimal = join(directory, 'MINIMAL');
  base = join(directory, 'BASE');
  await writeFile(minimal, minimalHive({ name: 'SOFTWARE' }));
  await editHive({ base: minimal, edits: baseEdits, out: base });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const opened = async (path: string) => (await readHive(path)).hive;

async function edited(edits: readonly RegistryEdit[]) {
  const out = join(await mkdtemp(join(directory, 'out-')), 'HIVE');
  const changes = await editHive({ base, edits, out });
  return { out, changes, hive: await opened(out) };
}

test('what was set reads back, through our reader and through libregf', async () => {
  const hive = await opened(base);
  const said = (key: string) =>
    hive.key(key)?.values.map(({ name, value }) => [name, decodeValue(value)] as const);
  expect(said('POLICIES\\microsoft')).toEqual([
    ['', 'default'],
    ['Level', 3],
  ]);
  expect(said('Policies\\名称\\deep')).toEqual([['值', '%SystemRoot%\\政务']]);
  expect(said('Policies\\名称')).toEqual([['list', ['a', '𠀀']]]);
  expect(hive.key('Policies\\Nothing')).toBeUndefined();
  const exported = await runToolText(['regfexport', base]);
  for (const part of ['名称', '值', 'OneDriveSetup', '%SystemRoot%\\政务']) expect(exported).toContain(part);
});

test('the changes name the value before and after; the base keeps its bytes', async () => {
  const bytes = await readFile(base);
  const { changes } = await edited([
    { key: 'policies\\MICROSOFT', name: 'LEVEL', value: dwordValue(0) },
    { key: 'Run', name: 'OneDriveSetup', remove: true },
    { key: 'Policies\\名称\\Deep', removeKey: true },
    { key: 'Policies\\New', addKey: true },
  ]);
  expect(changes).toEqual([
    {
      kind: 'set',
      key: 'Policies\\Microsoft',
      name: 'Level',
      before: dwordValue(3),
      after: dwordValue(0),
    },
    { kind: 'added-key', key: 'Policies\\New' },
    { kind: 'removed-key', key: 'Policies\\名称\\Deep' },
    {
      kind: 'removed-value',
      key: 'Policies\\名称\\Deep',
      name: '值',
      before: textValue('expand-sz', '%SystemRoot%\\政务'),
    },
    { kind: 'removed-value', key: 'Run', name: 'OneDriveSetup', before: textValue('sz', 'x.exe') },
  ]);
  expect(await readFile(base)).toEqual(bytes);
});

test('a value named in Chinese is replaced, not doubled', async () => {
  const { hive } = await edited([{ key: 'Policies\\名称\\Deep', name: '值', value: textValue('sz', '新') }]);
  expect(hive.key('Policies\\名称\\Deep')?.values).toEqual([{ name: '值', value: textValue('sz', '新') }]);
});

test('wishes that are already so leave the bytes of the base', async () => {
  const { out, changes } = await edited([
    ...baseEdits,
    { key: 'Absent\\Key', removeKey: true },
    { key: 'Absent\\Other', name: 'x', remove: true },
    { key: 'Run', name: 'x', remove: true },
  ]);
  expect(changes).toEqual([]);
  expect(await readFile(out)).toEqual(await readFile(base));
});

test('a key is removed and made anew in one go', async () => {
  const { hive } = await edited([
    { key: 'policies\\名称', removeKey: true },
    { key: 'policies\\名称', name: 'fresh', value: dwordValue(1) },
  ]);
  expect(hive.key('Policies\\名称')?.values).toEqual([{ name: 'fresh', value: dwordValue(1) }]);
  expect(hive.key('Policies\\名称\\Deep')).toBeUndefined();
});

test('twice edited gives the same bytes', async () => {
  const edits: RegistryEdit[] = [{ key: 'A\\名', name: 'n', value: dwordValue(7) }];
  const [first, second] = [await edited(edits), await edited(edits.toReversed())];
  expect(await readFile(second.out)).toEqual(await readFile(first.out));
});

test('new keys have the hash and the order by which Windows finds them', async () => {
  const names = ['Zeta', 'A_B', 'AaC', 'É', 'à', '名称', '名Z', 'ÿ'];
  const { hive } = await edited(names.map((name) => ({ key: `Index\\${name}`, addKey: true })));
  const keys = [...hive.walk()].filter(({ path }) => path.startsWith('Index\\'));
  expect(keys.map(({ name }) => name)).toEqual(['AaC', 'A_B', 'Zeta', 'à', 'É', 'ÿ', '名Z', '名称']);
  expect(keys.map(({ slot }) => slot?.hash)).toEqual(keys.map(({ name }) => nameHash(name)));
});

test('a hive that reads back otherwise is refused, naming the first difference', async () => {
  const [before, after] = [await opened(minimal), await opened(base)];
  const intended = changesOfEdits(before, baseEdits).filter(({ key }) => key !== 'Run');
  expect(() => checkHive({ base: before, edited: after, intended })).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_HIVE_MISMATCH',
      params: { name: 'MINIMAL', count: 2, first: 'with added-key Run' },
    }),
  );
});

test('a failed edit leaves neither a result nor a temporary file', async () => {
  const place = await mkdtemp(join(directory, 'failed-'));
  const out = join(place, 'HIVE');
  const controller = new AbortController();
  controller.abort(new Error('stopped by the caller'));
  const { signal } = controller;
  const edits: RegistryEdit[] = [{ key: 'A', addKey: true }];
  await expect(editHive({ base, edits, out, signal })).rejects.toThrow('stopped by the caller');
  expect(await readdir(place)).toEqual([]);
});

const name = fc.oneof(
  fc.constantFrom(
    'A',
    'a',
    'é',
    'É',
    '名称',
    'Policies',
    'Microsoft',
    'Run',
    'Deep',
    'list',
    'LEVEL',
    '值',
    '-',
    '@',
  ),
  fc
    .string({
      unit: fc.constantFrom('"', '\\', '[', ']', '=', '-', ';', ' ', '#', 'x', '政', '𠀀', 'ß', 'ÿ'),
    })
    .filter((text) => text.length > 0),
);
const key = fc.oneof(
  fc.constantFrom('Policies\\Microsoft', 'policies\\名称', 'Policies\\名称\\Deep', 'RUN', ''),
  fc
    .array(
      name.map((text) => text.replaceAll('\\', '/')),
      { minLength: 1, maxLength: 3 },
    )
    .map((segments) => segments.join('\\')),
);
const type = fc.constantFrom<RegistryType>('none', 'sz', 'binary', 'dword', 'multi-sz', 'qword', 'type-77');
const value = fc.record({ type, data: fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data)) });
const edit = fc
  .tuple(key, fc.oneof(fc.constant(''), name), value, fc.nat(9))
  .map(([path, valueName, data, kind]): RegistryEdit => {
    if (kind === 0 && path !== '') return { key: path, removeKey: true };
    if (kind === 1) return { key: path, addKey: true };
    return kind < 4
      ? { key: path, name: valueName, remove: true }
      : { key: path, name: valueName, value: data };
  });
const edits = fc.uniqueArray(edit, {
  maxLength: 12,
  selector: (wish) => `${wish.key}\0${'name' in wish ? wish.name : ''}`.toUpperCase(),
});

test('whatever the edits, the difference is what they ask for', async () => {
  const before = await opened(base);
  await fc.assert(
    fc.asyncProperty(edits, async (wishes) => {
      const { hive } = await edited(wishes);
      expect(diffHives(before, hive)).toEqual(changesOfEdits(before, wishes));
    }),
    { numRuns: 15 },
  );
});

test('a hive that is not whole is refused before the tool sees it', async () => {
  const bytes = await readFile(base);
  expect(() => openHive(bytes.subarray(0, 8192), 'cut')).toThrow(
    expect.objectContaining({ code: 'WINDOWS_HIVE_MALFORMED' }),
  );
});
