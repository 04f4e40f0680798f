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

interface EditedHive {
  readonly base: FlatHive;
  readonly keys: Map<string, FlatKey>;
  /** Keys that are already copies of our own. */
  readonly touched: WritableHive;
}

/** The key as it will be made: spelled and guarded as the base's of that name, else spelled as asked. */
function newKey({ base, keys }: EditedHive, path: string): FlatKey {
  const old = base.get(foldName(path));
  const parent = keys.get(foldName(parentPath(path)))?.path ?? '';
  return {
    path: old?.path ?? childPath(parent, path.slice(path.lastIndexOf('\\') + 1)),
    className: old?.className ?? nothing,
    security: old?.security ?? nothing,
    values: new Map(),
  };
}

/** Returns the values of a key for writing, making the key if it is missing. */
function valuesFor(edited: EditedHive, path: string): Map<string, NamedValue> {
  const folded = foldName(path);
  const known = edited.touched.get(folded);
  if (known !== undefined) return known.values;
  const present = edited.keys.get(folded) ?? newKey(edited, path);
  const key = { ...present, values: new Map(present.values) };
  edited.keys.set(folded, key);
  edited.touched.set(folded, key);
  return key.values;
}

/** Makes edits on a flattened hive. Keys and values that the base has keep the base's spelling, as on Windows. */
function applyEdits(base: FlatHive, edits: readonly RegistryEdit[]): FlatHive {
  const edited: EditedHive = { base, keys: withoutRemoved(base, edits), touched: new Map() };
  for (const edit of edits) {
    if ('removeKey' in edit) continue;
    const key = foldName(edit.key);
    if ('remove' in edit) {
      const name = foldName(edit.name);
      if (edited.keys.get(key)?.values.has(name)) valuesFor(edited, edit.key).delete(name);
      continue;
    }
    for (const path of withAncestors(edit.key)) if (!edited.keys.has(foldName(path))) valuesFor(edited, path);
    if (!('value' in edit)) continue;
    const name = base.get(key)?.values.get(foldName(edit.name))?.name ?? edit.name;
    valuesFor(edited, edit.key).set(foldName(edit.name), { name, value: edit.value });
  }
  return edited.keys;
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
