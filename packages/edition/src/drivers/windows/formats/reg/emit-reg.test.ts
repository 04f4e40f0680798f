import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dwordValue, textValue } from '../regf/model.ts';
import { emitReg } from './emit-reg.ts';
import type { RegistryEdit } from './model.ts';

const edits: RegistryEdit[] = [
  { key: 'Policies\\Microsoft\\Windows', name: 'On', value: dwordValue(1) },
  { key: 'Policies\\Microsoft\\Windows', name: '', value: textValue('sz', 'A') },
  {
    key: 'Policies\\名称',
    name: 'a "b" \\ 政',
    value: { type: 'multi-sz', data: Buffer.from([1, 2, 3, 4]) },
  },
  { key: 'Old\\Run', name: 'OneDriveSetup', remove: true },
  { key: 'Gone', removeKey: true },
  { key: 'Empty\\Key', addKey: true },
];

test('every ancestor comes before its key, strings as bytes, names escaped', () => {
  expect(emitReg('HKEY_LOCAL_MACHINE\\SOFTWARE', edits)).toBe(`Windows Registry Editor Version 5.00

[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Gone]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Empty]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Empty\\Key]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Old\\Run]
"OneDriveSetup"=-

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft]

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows]
@=hex(1):41,00,00,00
"On"=dword:00000001

[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\名称]
"a \\"b\\" \\\\ 政"=hex(7):01,02,03,04
`);
});

test('the order of edits does not matter', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(edits, { minLength: edits.length }), (shuffled) => {
      expect(emitReg('R', shuffled)).toBe(emitReg('R', edits));
    }),
  );
});

test('the same wish twice is one line', () => {
  const wish: RegistryEdit = { key: 'A', name: 'n', value: dwordValue(1) };
  expect(emitReg('R', [wish, wish])).toBe(emitReg('R', [wish]));
});

test('wishes that contradict each other are refused, whatever their case', () => {
  const set: RegistryEdit = { key: 'A\\B', name: 'n', value: dwordValue(1) };
  for (const other of [
    { key: 'a\\b', name: 'N', value: dwordValue(2) },
    { key: 'A\\B', name: 'n', remove: true },
  ] as const)
    expect(() => emitReg('R', [set, other])).toThrow(
      expect.objectContaining({ code: 'WINDOWS_HIVE_EDIT_CONFLICT' }),
    );
});

test.each<[string, RegistryEdit]>([
  ['a key with an empty name', { key: 'A\\\\B', addKey: true }],
  ['a key that ends the line', { key: 'A]\n[R\\B', addKey: true }],
  ['a key name of 256 characters', { key: 'k'.repeat(256), addKey: true }],
  ['513 levels', { key: Array(513).fill('k').join('\\'), addKey: true }],
  ['the root as the key to remove', { key: '', removeKey: true }],
  ['a value name with a NUL', { key: 'A', name: 'a\0b', remove: true }],
  ['a value name with half a surrogate pair', { key: 'A', name: '\ud800', value: dwordValue(1) }],
])('%s is refused', (_what, edit) => {
  expect(() => emitReg('R', [edit])).toThrow(expect.objectContaining({ code: 'WINDOWS_HIVE_EDIT_INVALID' }));
});

test('a value that Windows would keep in segments is refused', () => {
  const edit = (bytes: number): RegistryEdit => ({
    key: 'A',
    name: 'n',
    value: { type: 'binary', data: Buffer.alloc(bytes) },
  });
  expect(emitReg('R', [edit(16344)])).toContain('"n"=hex(3):00,');
  expect(() => emitReg('R', [edit(16345)])).toThrow(
    expect.objectContaining({ code: 'WINDOWS_HIVE_VALUE_TOO_LARGE' }),
  );
});
