import type { ErrorPlace } from '@imprint/protocol';
import { type Located, type LocatedEntry, type LocatedRecord, plainOf, pointerTo } from './located.ts';

/** A value that an overlay replaced; `from` is what the manifest below had set. */
export interface Override {
  readonly pointer: string;
  readonly from: { readonly value: unknown; readonly place: ErrorPlace };
  readonly to: { readonly value: unknown; readonly place: ErrorPlace };
}

/** What makes two entries of a list the same thing: a record's `name`, or the value itself. */
function identityOf(item: Located): string {
  const name = item.kind === 'record' ? item.entries.get('name')?.value : undefined;
  return JSON.stringify(name === undefined ? plainOf(item) : plainOf(name));
}

function mergeLists(
  base: readonly Located[],
  over: readonly Located[],
  pointer: string,
  overrides: Override[],
) {
  const merged = [...base];
  const positions = new Map(base.map((item, index) => [identityOf(item), index]));
  for (const item of over) {
    const position = positions.get(identityOf(item));
    const existing = position === undefined ? undefined : merged[position];
    if (position === undefined || existing === undefined) merged.push(item);
    else merged[position] = mergeValues(existing, item, pointerTo(pointer, position), overrides);
  }
  return merged;
}

function mergeEntries(base: LocatedRecord, over: LocatedRecord, pointer: string, overrides: Override[]) {
  const merged = new Map<string, LocatedEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const existing = merged.get(key);
    if (existing === undefined) merged.set(key, entry);
    else {
      const value = mergeValues(existing.value, entry.value, pointerTo(pointer, key), overrides);
      merged.set(key, { keyPlace: entry.keyPlace, value });
    }
  }
  return merged;
}

function mergeValues(base: Located, over: Located, pointer: string, overrides: Override[]): Located {
  if (base.kind === 'record' && over.kind === 'record')
    return { ...base, entries: mergeEntries(base, over, pointer, overrides) };
  if (base.kind === 'list' && over.kind === 'list')
    return { ...base, items: mergeLists(base.items, over.items, pointer, overrides) };
  const [from, to] = [plainOf(base), plainOf(over)];
  if (JSON.stringify(from) !== JSON.stringify(to))
    overrides.push({
      pointer,
      from: { value: from, place: base.place },
      to: { value: to, place: over.place },
    });
  return over;
}

/**
 * Lays manifests over each other, the first lowest. Records merge key by key, lists by identity (entries are added,
 * never taken away), anything else is replaced and reported as an override.
 */
export function mergeManifests(chain: readonly Located[]): { value: Located; overrides: Override[] } {
  const overrides: Override[] = [];
  const [first, ...rest] = chain;
  if (first === undefined) throw new TypeError('a chain of manifests has at least one');
  const value = rest.reduce((base, over) => mergeValues(base, over, '', overrides), first);
  return { value, overrides };
}
