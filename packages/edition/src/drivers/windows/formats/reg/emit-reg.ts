import { type RegistryValue, typeNumber } from '../regf/model.ts';
import { compareNames, foldName, withAncestors } from '../regf/names.ts';
import { checkEdits } from './check-edits.ts';
import type { RegistryEdit, RemoveValue, SetValue } from './model.ts';

function hexBytes(data: Buffer): string {
  return data.toString('hex').replace(/..(?=.)/g, '$&,');
}

function valueText({ type, data }: RegistryValue): string {
  if (type === 'dword' && data.length === 4)
    return `dword:${data.readUInt32LE(0).toString(16).padStart(8, '0')}`;
  return `hex(${typeNumber(type).toString(16)}):${hexBytes(data)}`;
}

function nameText(name: string): string {
  return name === '' ? '@' : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

function lineOf(edit: SetValue | RemoveValue): string {
  return `${nameText(edit.name)}=${'value' in edit ? valueText(edit.value) : '-'}`;
}

interface Section {
  readonly path: string;
  /** Lines by folded value name. */
  readonly lines: Map<string, string>;
}

function sectionsOf(edits: readonly RegistryEdit[]): Section[] {
  const sections = new Map<string, Section>();
  const sectionAt = (path: string): Section => {
    const section = sections.get(foldName(path)) ?? { path, lines: new Map<string, string>() };
    sections.set(foldName(path), section);
    return section;
  };
  for (const edit of edits.toSorted((a, b) => compareNames(a.key, b.key))) {
    if ('removeKey' in edit) continue;
    if (!('remove' in edit)) for (const path of withAncestors(edit.key)) sectionAt(path);
    const { lines } = sectionAt(edit.key);
    if ('name' in edit) lines.set(foldName(edit.name), lineOf(edit));
  }
  return [...sections.values()];
}

function byFoldedName<T>(entries: Iterable<readonly [string, T]>): T[] {
  return [...entries].sort(([a], [b]) => compareNames(a, b)).map(([, entry]) => entry);
}

/**
 * Writes edits as the text that `hivexregedit --merge` reads: UTF-8, every key above a set value in order (it makes no
 * missing parents), strings as their bytes, all sorted. The same edits in any order give the same text. Source:
 * Win::Hivex::Regedit(3).
 *
 * @throws WINDOWS_HIVE_EDIT_INVALID, WINDOWS_HIVE_EDIT_CONFLICT, WINDOWS_HIVE_VALUE_TOO_LARGE
 */
export function emitReg(prefix: string, edits: readonly RegistryEdit[]): string {
  checkEdits(edits);
  const full = (path: string) => (path === '' ? prefix : `${prefix}\\${path}`);
  const removed = new Map(
    edits.filter((edit) => 'removeKey' in edit).map((edit) => [foldName(edit.key), edit.key]),
  );
  const sections = byFoldedName(sectionsOf(edits).map((section) => [foldName(section.path), section]));
  const blocks = [
    'Windows Registry Editor Version 5.00',
    ...byFoldedName(removed).map((path) => `[-${full(path)}]`),
    ...sections.map(({ path, lines }) => [`[${full(path)}]`, ...byFoldedName(lines)].join('\n')),
  ];
  return `${blocks.join('\n\n')}\n`;
}
