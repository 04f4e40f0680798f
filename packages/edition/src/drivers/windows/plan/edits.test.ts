import { expect, test } from 'vitest';
import type { StepDefinition } from '../../../plan/model.ts';
import type { PlannedEdit, WindowsAction } from '../model.ts';
import { checkConflicts, tidyEdits } from './edits.ts';

const step = (id: string, ...actions: WindowsAction[]): StepDefinition<WindowsAction> => ({
  id,
  kind: 'overlay',
  version: 1,
  settings: {},
  actions,
});
const software = (...edits: PlannedEdit[]): WindowsAction => ({ kind: 'registry', hive: 'software', edits });
const one: PlannedEdit = { key: 'A\\B', name: 'n', type: 'dword', data: 1 };

test('edits are sorted by key and name, and the same wish is kept once, whatever its case', () => {
  const edits: PlannedEdit[] = [
    one,
    { key: 'A', name: 'z', type: 'sz', data: 'text' },
    { key: 'a\\b', name: 'N', type: 'dword', data: 1 },
    { key: 'A\\B', addKey: true },
  ];
  expect(tidyEdits(edits).map((edit) => [edit.key.toUpperCase(), 'addKey' in edit])).toEqual([
    ['A', false],
    ['A\\B', true],
    ['A\\B', false],
  ]);
});

test('two steps that want the same are no conflict', () => {
  expect(() => checkConflicts([step('x', software(one)), step('y', software(one))])).not.toThrow();
});

test.each<[string, PlannedEdit]>([
  ['another value', { ...one, key: 'a\\B', data: 2 }],
  ['another type', { key: 'A\\B', name: 'N', type: 'sz', data: '1' }],
  ['its removal', { key: 'A\\B', name: 'n', remove: true }],
])('%s for a value is refused with both steps named', (_what, other) => {
  expect(() => checkConflicts([step('x', software(one)), step('y', software(other))])).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_PLAN_EDIT_CONFLICT',
      params: expect.objectContaining({ hive: 'software', first: 'x', second: 'y' }),
    }),
  );
});

test('a file that two steps add is refused, whatever its case', () => {
  const copy = (path: string): WindowsAction => ({ kind: 'copy', path, sha256: 'a'.repeat(64) });
  expect(() => checkConflicts([step('x', copy('/A/b')), step('y', copy('/a/B'))])).toThrow(
    expect.objectContaining({ code: 'WINDOWS_PLAN_PATH_CONFLICT' }),
  );
});
