import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { windowsError } from '../../errors.ts';
import { type Cells, malformed, openCells } from './cells.ts';
import { childPath, foldName } from './names.ts';
import { type KeyContent, type NamedValue, readKey, type SubkeyEntry } from './read-key.ts';

const maxHiveBytes = 512 * 1024 * 1024;
/** Windows' own limit. Source: learn.microsoft.com, "Registry element size limits". */
const maxDepth = 512;

/** A key with its path below the hive's root, whose own path is empty. */
export interface HiveKey extends Omit<KeyContent, 'subkeys'>, SubkeyEntry {
  readonly path: string;
}

/** A registry hive, read only. */
export interface Hive {
  readonly name: string;
  /** For example `1.5`. */
  readonly version: string;
  /** Finds a key by its path below the root, without regard to case; an empty path is the root. */
  key(path: string): HiveKey | undefined;
  /** Yields every key, each before the keys below it. */
  walk(): Generator<HiveKey>;
}

interface Pending {
  readonly entry: SubkeyEntry;
  readonly parent: string | undefined;
  readonly depth: number;
}

function keyOf(content: KeyContent, path: string, entry: SubkeyEntry): HiveKey {
  const { name, className, security, values } = content;
  return { path, name, className, security, values, ...entry };
}

function rootEntry(cells: Cells): SubkeyEntry {
  return { offset: cells.root, slot: undefined };
}

function* walkCells(cells: Cells, name: string): Generator<HiveKey> {
  const reader = cells.pass();
  const pending: Pending[] = [{ entry: rootEntry(cells), parent: undefined, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { entry, parent, depth } = next;
    const content = readKey(reader, entry.offset);
    if (depth > maxDepth) throw malformed(name, entry.offset, `at most ${maxDepth} levels of keys`, depth);
    const path = parent === undefined ? '' : childPath(parent, content.name);
    yield keyOf(content, path, entry);
    for (const child of content.subkeys.toReversed())
      pending.push({ entry: child, parent: path, depth: depth + 1 });
  }
}

function findKey(cells: Cells, path: string): HiveKey | undefined {
  const reader = cells.pass();
  let found = { path: '', content: readKey(reader, cells.root), entry: rootEntry(cells) };
  for (const segment of path === '' ? [] : path.split('\\')) {
    const wanted = foldName(segment);
    const matches = found.content.subkeys.flatMap((entry) => {
      const content = readKey(reader, entry.offset);
      return foldName(content.name) === wanted ? [{ content, entry }] : [];
    });
    const [match] = matches;
    if (match === undefined) return undefined;
    found = { path: childPath(found.path, match.content.name), ...match };
  }
  return keyOf(found.content, found.path, found.entry);
}

/**
 * Opens a hive from its bytes. Source: the Windows registry file format specification (M. Suhanov), versions 1.3 to 1.6.
 *
 * @throws WINDOWS_HIVE_MALFORMED (also later, when a key is read), WINDOWS_HIVE_DIRTY, WINDOWS_HIVE_TOO_OLD
 */
export function openHive(bytes: Buffer, name: string): Hive {
  const cells = openCells(bytes, name);
  return {
    name,
    version: cells.version,
    key: (path) => findKey(cells, path),
    walk: () => walkCells(cells, name),
  };
}

/**
 * Reads a hive's file whole.
 *
 * @throws WINDOWS_HIVE_TOO_LARGE and what `openHive` throws
 */
export async function readHive(path: string): Promise<{ hive: Hive; bytes: Buffer }> {
  const name = basename(path);
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > maxHiveBytes)
      throw windowsError('WINDOWS_HIVE_TOO_LARGE', { name, sizeBytes: size, limitBytes: maxHiveBytes });
    const bytes = await handle.readFile();
    return { hive: openHive(bytes, name), bytes };
  } finally {
    await handle.close();
  }
}

/** A key of a flattened hive; values by folded name. */
export interface FlatKey {
  readonly path: string;
  readonly className: Buffer;
  readonly security: Buffer;
  readonly values: ReadonlyMap<string, NamedValue>;
}

/** A hive's keys by folded path. */
export type FlatHive = ReadonlyMap<string, FlatKey>;

/**
 * Flattens a hive for comparison.
 *
 * @throws WINDOWS_HIVE_MALFORMED also where a key or a value is there twice
 */
export function flattenHive(hive: Hive): FlatHive {
  const keys = new Map<string, FlatKey>();
  const twice = (what: string) => malformed(hive.name, 0, `one "${what}"`, 'two');
  for (const { path, className, security, values } of hive.walk()) {
    const byName = new Map<string, NamedValue>();
    for (const value of values) {
      const folded = foldName(value.name);
      if (byName.has(folded)) throw twice(`${path}\\${value.name}`);
      byName.set(folded, value);
    }
    const folded = foldName(path);
    if (keys.has(folded)) throw twice(path);
    keys.set(folded, { path, className, security, values: byName });
  }
  return keys;
}
