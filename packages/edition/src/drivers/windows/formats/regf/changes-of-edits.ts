import { checkEdits } from '../reg/check-edits.ts';
import type { RegistryEdit } from '../reg/model.ts';
import { diffFlatHives, type HiveChange } from './diff-hives.ts';
import { childPath, foldName, parentPath, withAncestors } from './names.ts';
import { type FlatHive, type FlatKey, flattenHive, type Hive } from './read-hive.ts';
import type { NamedValue } from './read-key.ts';

type WritableHive = Map<string, FlatKey & { readonly values: Map<string, NamedValue> }>;

const nothing = Buffer.alloc(0);

function withoutRemoved(base: FlatHive, edits: readonly RegistryEdit[]): Map<string, FlatKey> {
  const removed = new Set(edits.flatMap((edit) => ('removeKey' in edit ? [foldName(edit.key)] : [])));
  if (removed.size === 0) return new Map(base);
  const isRemoved = (path: string) => [...withAncestors(path)].some((ancestor) => removed.has(ancestor));
  return new Map([...base].filter(([path]) => !isRemoved(path)));
}

/** Makes edits on flattened hives. Keys and values that the base has keep the base's spelling, as on Windows. */
function applyEdits(base: FlatHive, edits: readonly RegistryEdit[]): FlatHive {
  const keys = withoutRemoved(base, edits);
  const touched: WritableHive = new Map();
  const touch = (path: string, make: boolean) => {
    const folded = foldName(path);
    const known = touched.get(folded);
    if (known !== undefined) return known;
    const present = keys.get(folded);
    if (present === undefined && !make) return undefined;
    const key = present === undefined ? newKey(path) : { ...present, values: new Map(present.values) };
    keys.set(folded, key);
    touched.set(folded, key);
    return key;
  };
  const newKey = (path: string) => {
    const old = base.get(foldName(path));
    const parent = keys.get(foldName(parentPath(path)))?.path ?? '';
    const spelled = old?.path ?? childPath(parent, path.slice(path.lastIndexOf('\\') + 1));
    return {
      path: spelled,
      className: old?.className ?? nothing,
      security: old?.security ?? nothing,
      values: new Map<string, NamedValue>(),
    };
  };
  for (const edit of edits) {
    if ('removeKey' in edit) continue;
    if ('remove' in edit) {
      if (keys.get(foldName(edit.key))?.values.has(foldName(edit.name)))
        touch(edit.key, false)?.values.delete(foldName(edit.name));
      continue;
    }
    for (const path of withAncestors(edit.key)) if (!keys.has(foldName(path))) touch(path, true);
    if (!('value' in edit)) continue;
    const old = base.get(foldName(edit.key))?.values.get(foldName(edit.name));
    const named = { name: old?.name ?? edit.name, value: edit.value };
    touch(edit.key, true)?.values.set(foldName(edit.name), named);
  }
  return keys;
}

/**
 * Returns what edits should change in a hive, as `diffHives` would find it. Setting a value to what it was is no change.
 *
 * @throws WINDOWS_HIVE_EDIT_INVALID, WINDOWS_HIVE_EDIT_CONFLICT, WINDOWS_HIVE_VALUE_TOO_LARGE
 */
export function changesOfEdits(base: Hive, edits: readonly RegistryEdit[]): HiveChange[] {
  checkEdits(edits);
  const flat = flattenHive(base);
  return diffFlatHives(flat, applyEdits(flat, edits));
}

/** Returns the smallest set of edits that makes these changes. */
export function editsOfChanges(changes: readonly HiveChange[]): RegistryEdit[] {
  const gone = new Set(changes.flatMap(({ kind, key }) => (kind === 'removed-key' ? [foldName(key)] : [])));
  return changes.flatMap((change): RegistryEdit[] => {
    const { kind, key } = change;
    if (kind === 'added-key') return [{ key, addKey: true }];
    if (kind === 'set') return [{ key, name: change.name, value: change.after }];
    if (kind === 'changed-key' || gone.has(foldName(kind === 'removed-key' ? parentPath(key) : key)))
      return [];
    return kind === 'removed-key' ? [{ key, removeKey: true }] : [{ key, name: change.name, remove: true }];
  });
}
