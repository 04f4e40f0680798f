import { compareNames, foldName, nameHash, parentPath } from './names.ts';
import type { Hive, HiveKey } from './read-hive.ts';

/** Returns the keys of each list that holds one of the added keys, in the list's order. */
function listsWith(hive: Hive, added: ReadonlySet<string>): HiveKey[][] {
  const wanted = new Set([...added].map(parentPath));
  const lists = new Map<string, HiveKey[]>([...wanted].map((parent) => [parent, []]));
  for (const key of hive.walk()) if (key.path !== '') lists.get(foldName(parentPath(key.path)))?.push(key);
  return [...lists.values()];
}

function isAdded(added: ReadonlySet<string>, key: HiveKey): boolean {
  return added.has(foldName(key.path));
}

/**
 * Puts the lists of added keys into the order that Windows searches by, and gives the added keys the hash that it
 * looks for; hivex hashes and sorts the UTF-8 bytes of a name, so that Windows would not find a key named in Chinese.
 * `bytes` are those the hive was opened from, `added` the folded paths. Open the hive again afterwards.
 */
export function repairKeyIndex(bytes: Buffer, hive: Hive, added: ReadonlySet<string>): void {
  for (const keys of listsWith(hive, added)) {
    const slots = keys.flatMap(({ slot }) => (slot === undefined ? [] : [slot]));
    if (slots.length !== keys.length) continue;
    const sorted = keys.toSorted((a, b) => compareNames(foldName(a.name), foldName(b.name)));
    for (const [index, { fileOffset }] of slots.entries()) {
      const key = sorted[index];
      if (key?.slot === undefined) continue;
      bytes.writeUInt32LE(key.offset, fileOffset);
      bytes.writeUInt32LE(isAdded(added, key) ? nameHash(key.name) : key.slot.hash, fileOffset + 4);
    }
  }
}

/** Names what would keep Windows from finding the added keys: a wrong hash, or a list out of order. */
export function keyIndexFaults(hive: Hive, added: ReadonlySet<string>): string[] {
  return listsWith(hive, added).flatMap((keys) =>
    keys.flatMap((key, index) => {
      const next = keys[index + 1];
      const hashed = !isAdded(added, key) || key.slot === undefined || key.slot.hash === nameHash(key.name);
      const ordered = next === undefined || compareNames(foldName(key.name), foldName(next.name)) < 0;
      return [...(hashed ? [] : [`hash of ${key.path}`]), ...(ordered ? [] : [`order after ${key.path}`])];
    }),
  );
}
