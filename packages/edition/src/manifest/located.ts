import type { ErrorPlace } from '@imprint/protocol';

/** A value that remembers where it was written, so that errors after merging still name the right file and line. */
export type Located = LocatedRecord | LocatedList | LocatedScalar;

interface Placed {
  readonly place: ErrorPlace;
  /** The absolute directory of the file that states the value: paths are relative to it. */
  readonly directory: string;
}
export interface LocatedEntry {
  readonly keyPlace: ErrorPlace;
  readonly value: Located;
}
export interface LocatedRecord extends Placed {
  readonly kind: 'record';
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}
export interface LocatedList extends Placed {
  readonly kind: 'list';
  readonly items: readonly Located[];
}
export interface LocatedScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

/** The value without its places. */
export function plainOf(located: Located): unknown {
  switch (located.kind) {
    case 'scalar':
      return located.value;
    case 'list':
      return located.items.map(plainOf);
    case 'record':
      return Object.fromEntries([...located.entries].map(([key, entry]) => [key, plainOf(entry.value)]));
  }
}

export function childOf(located: Located | undefined, key: string): Located | undefined {
  if (located?.kind === 'record') return located.entries.get(key)?.value;
  if (located?.kind === 'list') return located.items[Number(key)];
  return undefined;
}

/** RFC 6901 §3: `~` and `/` are escaped inside a reference token. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value a pointer names, or undefined. */
export function valueAt(root: Located, pointer: string): Located | undefined {
  return tokensOf(pointer).reduce<Located | undefined>(childOf, root);
}

/** Where the value a pointer names was written; of a value that is absent, its nearest ancestor. */
export function placeAt(root: Located, pointer: string): ErrorPlace {
  let found: Located = root;
  for (const token of tokensOf(pointer)) {
    const child = childOf(found, token);
    if (child === undefined) break;
    found = child;
  }
  return { ...found.place, pointer };
}
