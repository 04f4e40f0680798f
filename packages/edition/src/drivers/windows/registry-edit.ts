import type { RegistryEdit } from './formats/reg/model.ts';
import { dwordValue, multiTextValue, textValue } from './formats/regf/model.ts';
import type { PlannedEdit } from './model.ts';

function qwordValue(number: number) {
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(BigInt(number));
  return { type: 'qword', data } as const;
}

/** A planned edit with its data as a hive holds it. */
export function registryEdit(edit: PlannedEdit): RegistryEdit {
  if (!('type' in edit)) return edit;
  const { key, name } = edit;
  switch (edit.type) {
    case 'sz':
    case 'expand-sz':
      return { key, name, value: textValue(edit.type, edit.data) };
    case 'dword':
      return { key, name, value: dwordValue(edit.data) };
    case 'qword':
      return { key, name, value: qwordValue(edit.data) };
    case 'multi-sz':
      return { key, name, value: multiTextValue(edit.data) };
  }
}
