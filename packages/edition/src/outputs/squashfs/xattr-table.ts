import type { TreeEntry } from '../../tree/index.ts';
import { packFields } from './fields.ts';
import { lookupTable, metadataWriter, reference } from './metadata.ts';

/** Name spaces squashfs can hold; POSIX ACLs (`system.`) it cannot. */
const prefixes = ['user.', 'trusted.', 'security.'];

export const noXattrs = 0xffffffff;

interface Kept {
  readonly type: number;
  readonly name: Buffer;
  readonly value: Buffer;
}

function keptOf(xattrs: TreeEntry['xattrs']): Kept[] {
  return Object.entries(xattrs ?? {}).flatMap(([key, base64]) => {
    const type = prefixes.findIndex((prefix) => key.startsWith(prefix));
    const prefix = prefixes[type];
    if (prefix === undefined) return [];
    return [{ type, name: Buffer.from(key.slice(prefix.length)), value: Buffer.from(base64, 'base64') }];
  });
}

export interface XattrTable {
  /** The index of an entry's attributes, equal sets shared. */
  indexOf(entry: TreeEntry): number;
  /** The table as it stands at `start`, and where its head is; undefined when no entry has attributes. */
  finish(start: number): { readonly bytes: Buffer; readonly at: number } | undefined;
}

export function xattrTable(level: number): XattrTable {
  const values = metadataWriter(level);
  const ids: Buffer[] = [];
  const known = new Map<string, number>();
  return {
    indexOf: ({ xattrs }) => {
      const kept = keptOf(xattrs);
      if (kept.length === 0) return noXattrs;
      const key = JSON.stringify(xattrs);
      const found = known.get(key);
      if (found !== undefined) return found;
      const place = values.place();
      const parts = kept.map(({ type, name, value }) =>
        Buffer.concat([packFields([type, 2], [name.length, 2]), name, packFields([value.length, 4]), value]),
      );
      const bytes = Buffer.concat(parts);
      values.write(bytes);
      ids.push(packFields([reference(place), 8], [kept.length, 4], [bytes.length, 4]));
      known.set(key, ids.length - 1);
      return ids.length - 1;
    },
    finish: (start) => {
      if (ids.length === 0) return undefined;
      const area = values.finish().bytes;
      const table = lookupTable(Buffer.concat(ids), level, start + area.length);
      // The head stands before the places, which lookupTable put last.
      const split = table.at - start - area.length;
      const head = packFields([start, 8], [ids.length, 4], [0, 4]);
      const bytes = Buffer.concat([area, table.bytes.subarray(0, split), head, table.bytes.subarray(split)]);
      return { bytes, at: table.at };
    },
  };
}
