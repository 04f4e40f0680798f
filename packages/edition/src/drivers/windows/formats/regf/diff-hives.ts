import { type RegistryValue, sameValue } from './model.ts';
import { compareNames, foldName } from './names.ts';
import { type FlatHive, type FlatKey, flattenHive, type Hive } from './read-hive.ts';
import type { NamedValue } from './read-key.ts';

/** One difference between two hives. Every key and every value counts, also below a key that is new or gone. */
export type HiveChange =
  | { readonly kind: 'added-key'; readonly key: string }
  | { readonly kind: 'removed-key'; readonly key: string }
  /** A key that is in both and differs in what no registry edit asks for. */
  | { readonly kind: 'changed-key'; readonly key: string; readonly what: 'spelling' | 'class' | 'security' }
  | {
      readonly kind: 'set';
      readonly key: string;
      readonly name: string;
      readonly before: RegistryValue | undefined;
      readonly after: RegistryValue;
    }
  | {
      readonly kind: 'removed-value';
      readonly key: string;
      readonly name: string;
      readonly before: RegistryValue;
    };

const noValues: ReadonlyMap<string, NamedValue> = new Map();

function* valueChanges(before: FlatKey | undefined, after: FlatKey | undefined): Generator<HiveChange> {
  const [old, now] = [before?.values ?? noValues, after?.values ?? noValues];
  for (const [folded, { name, value }] of now) {
    const was = old.get(folded);
    if (was === undefined || was.name !== name || !sameValue(was.value, value))
      yield { kind: 'set', key: after?.path ?? '', name, before: was?.value, after: value };
  }
  for (const [folded, { name, value }] of old)
    if (!now.has(folded))
      yield { kind: 'removed-value', key: (after ?? before)?.path ?? '', name, before: value };
}

function* keyChanges(before: FlatKey | undefined, after: FlatKey | undefined): Generator<HiveChange> {
  if (before === after) return;
  if (before === undefined && after !== undefined) yield { kind: 'added-key', key: after.path };
  if (before !== undefined && after === undefined) yield { kind: 'removed-key', key: before.path };
  if (before !== undefined && after !== undefined) {
    const { path: key } = after;
    if (before.path !== key) yield { kind: 'changed-key', key, what: 'spelling' };
    if (!before.className.equals(after.className)) yield { kind: 'changed-key', key, what: 'class' };
    if (!before.security.equals(after.security)) yield { kind: 'changed-key', key, what: 'security' };
  }
  yield* valueChanges(before, after);
}

function sortKey(change: HiveChange): string {
  const detail = 'name' in change ? `2${foldName(change.name)}` : 'what' in change ? `1${change.what}` : '0';
  return `${foldName(change.key)}\0${detail}`;
}

/** Compares two flattened hives; the result is sorted by key, then value name. */
export function diffFlatHives(base: FlatHive, edited: FlatHive): HiveChange[] {
  const changes: HiveChange[] = [];
  for (const [path, after] of edited) changes.push(...keyChanges(base.get(path), after));
  for (const [path, before] of base) if (!edited.has(path)) changes.push(...keyChanges(before, undefined));
  return changes
    .map((change) => ({ change, order: sortKey(change) }))
    .sort((a, b) => compareNames(a.order, b.order))
    .map(({ change }) => change);
}

/** Compares two hives, key by key and value by value. */
export function diffHives(base: Hive, edited: Hive): HiveChange[] {
  return diffFlatHives(flattenHive(base), flattenHive(edited));
}
