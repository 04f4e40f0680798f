import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { editHive } from '../../tools/hivexregedit.ts';
import type { RegistryEdit } from '../reg/model.ts';
import { changesOfEdits } from './changes-of-edits.ts';
import { diffHives } from './diff-hives.ts';
import { minimalHive } from './minimal-hive.ts';
import { dwordValue, textValue } from './model.ts';
import { flattenHive, openHive } from './read-hive.ts';

let directory: string;
let bytes: Buffer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-diff-hives-'));
  const [base, out] = [join(directory, 'MINIMAL'), join(directory, 'HIVE')];
  await writeFile(base, minimalHive({ name: 'HIVE' }));
  const edits: RegistryEdit[] = [
    { key: 'Alpha', name: 'first', value: dwordValue(1) },
    { key: 'Alpha', name: 'other', value: dwordValue(1) },
    { key: 'Omega', addKey: true },
  ];
  await editHive({ base, edits, out });
  bytes = await readFile(out);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const original = () => openHive(bytes, 'HIVE');

function patched(change: (copy: Buffer) => void) {
  const copy = Buffer.from(bytes);
  change(copy);
  return openHive(copy, 'HIVE');
}

test('a hive does not differ from itself', () => {
  expect(diffHives(original(), original())).toEqual([]);
});

test('a key spelled otherwise is named', () => {
  const other = patched((copy) => copy.write('OMEGA', copy.indexOf('Omega'), 'latin1'));
  expect(diffHives(original(), other)).toEqual([{ kind: 'changed-key', key: 'OMEGA', what: 'spelling' }]);
});

test('a changed security descriptor is named at every key that has it', () => {
  const descriptor = original().key('')?.security ?? Buffer.alloc(0);
  const other = patched((copy) => copy.writeUInt8(0x7f, copy.indexOf(descriptor) + descriptor.length - 1));
  expect(diffHives(original(), other)).toEqual(
    ['', 'Alpha', 'Omega'].map((key) => ({ kind: 'changed-key', key, what: 'security' })),
  );
});

test('a value whose type alone differs is set anew', () => {
  const other = patched((copy) => copy.writeUInt32LE(3, copy.indexOf('first') - 20 + 12));
  const before = dwordValue(1);
  expect(diffHives(original(), other)).toEqual([
    { kind: 'set', key: 'Alpha', name: 'first', before, after: { type: 'binary', data: before.data } },
  ]);
});

test('two values of one name are malformed, for one would hide the other', () => {
  const other = patched((copy) => copy.write('FIRST', copy.indexOf('other'), 'latin1'));
  expect(() => flattenHive(other)).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_HIVE_MALFORMED',
      params: expect.objectContaining({ expected: 'one "Alpha\\FIRST"' }),
    }),
  );
});

test('a removed key comes back with the values it is given, and the difference is the smallest', () => {
  const edits: RegistryEdit[] = [
    { key: 'ALPHA', removeKey: true },
    { key: 'alpha', name: 'FIRST', value: dwordValue(1) },
    { key: 'alpha\\New', name: 'text', value: textValue('sz', 'x') },
  ];
  expect(changesOfEdits(original(), edits)).toEqual([
    { kind: 'removed-value', key: 'Alpha', name: 'other', before: dwordValue(1) },
    { kind: 'added-key', key: 'Alpha\\New' },
    { kind: 'set', key: 'Alpha\\New', name: 'text', before: undefined, after: textValue('sz', 'x') },
  ]);
});

test('keys that were there keep the hash they had when a new one joins their list', async () => {
  const [base, out] = [join(directory, 'ODD'), join(directory, 'ODD2')];
  const slots = (hive: ReturnType<typeof openHive>) =>
    [...hive.walk()].map(({ path, slot }) => [path, slot?.hash] as const);
  const slot = [...original().walk()].find(({ path }) => path === 'Omega')?.slot?.fileOffset ?? 0;
  const odd = Buffer.from(bytes);
  odd.writeUInt32LE(0x12345678, slot + 4);
  await writeFile(base, odd);
  await editHive({ base, edits: [{ key: 'Mitte', addKey: true }], out });
  const edited = slots(openHive(await readFile(out), 'ODD'));
  expect(edited.map(([path]) => path)).toEqual(['', 'Alpha', 'Mitte', 'Omega']);
  expect(new Map(edited).get('Omega')).toBe(0x12345678);
});
