import { windowsError } from '../../errors.ts';
import { sameValue } from '../regf/model.ts';
import { foldName } from '../regf/names.ts';
import type { RegistryEdit, RemoveValue, SetValue } from './model.ts';

/** Source: learn.microsoft.com, "Registry element size limits". */
const maxKeyNameUnits = 255;
const maxValueNameUnits = 16383;
const maxLevels = 512;
/** Above this size Windows keeps a value in segments, which hivex does not write. Source: specification, "Big data". */
const maxValueBytes = 16344;

function nameFault(name: string, maxUnits: number): string | undefined {
  if (name.length > maxUnits) return `${name.length} characters`;
  if (/\p{Surrogate}/u.test(name)) return 'half a surrogate pair';
  // These end lines or strings in the tool's input.
  return /[\0\r\n]/.test(name) ? 'a control character' : undefined;
}

function checkKey(key: string): void {
  const invalid = (expected: string, got: string) =>
    windowsError('WINDOWS_HIVE_EDIT_INVALID', { key, expected, got });
  if (key === '') return;
  const segments = key.split('\\');
  if (segments.includes('')) throw invalid('a name between every two backslashes', 'none');
  if (segments.length > maxLevels) throw invalid(`at most ${maxLevels} levels`, String(segments.length));
  for (const segment of segments) {
    const fault = nameFault(segment, maxKeyNameUnits);
    if (fault !== undefined) throw invalid(`key names of at most ${maxKeyNameUnits} plain characters`, fault);
  }
}

function checkValue(edit: SetValue | RemoveValue): void {
  const { key, name } = edit;
  const fault = nameFault(name, maxValueNameUnits);
  if (fault !== undefined)
    throw windowsError('WINDOWS_HIVE_EDIT_INVALID', {
      key,
      expected: `a value name of at most ${maxValueNameUnits} plain characters`,
      got: fault,
    });
  if ('value' in edit && edit.value.data.length > maxValueBytes)
    throw windowsError('WINDOWS_HIVE_VALUE_TOO_LARGE', {
      key,
      name,
      sizeBytes: edit.value.data.length,
      limitBytes: maxValueBytes,
    });
}

function agree(a: SetValue | RemoveValue, b: SetValue | RemoveValue): boolean {
  if ('value' in a && 'value' in b) return sameValue(a.value, b.value);
  return 'remove' in a && 'remove' in b;
}

/**
 * Checks that edits can be made and do not contradict each other.
 *
 * @throws WINDOWS_HIVE_EDIT_INVALID, WINDOWS_HIVE_EDIT_CONFLICT, WINDOWS_HIVE_VALUE_TOO_LARGE
 */
export function checkEdits(edits: readonly RegistryEdit[]): void {
  const seen = new Map<string, SetValue | RemoveValue>();
  for (const edit of edits) {
    checkKey(edit.key);
    if ('removeKey' in edit && edit.key === '')
      throw windowsError('WINDOWS_HIVE_EDIT_INVALID', {
        key: '',
        expected: 'a key below the root to remove',
        got: 'the root',
      });
    if (!('name' in edit)) continue;
    checkValue(edit);
    const identity = `${foldName(edit.key)}\0${foldName(edit.name)}`;
    const other = seen.get(identity);
    if (other !== undefined && !agree(edit, other))
      throw windowsError('WINDOWS_HIVE_EDIT_CONFLICT', { key: edit.key, name: edit.name });
    seen.set(identity, edit);
  }
}
