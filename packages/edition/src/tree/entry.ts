export type TreeEntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'character'
  | 'block'
  | 'fifo'
  /** An overlayfs whiteout: the path is removed from the layers below. */
  | 'whiteout';

/**
 * One path of a tree. `path` is absolute within the tree (`/` is its root), `mode` holds the permission bits with
 * setuid, setgid and sticky (07777), sizes are bytes.
 */
export interface TreeEntry {
  readonly path: string;
  readonly type: TreeEntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Files only. */
  readonly sizeBytes?: number;
  /** Files only, lowercase hexadecimal. */
  readonly sha256?: string;
  /** A symbolic link's target. */
  readonly link?: string;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
  /** Extended attributes, base64 by name; overlayfs' own are never among them. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** A directory that hides what the layers below hold under the same path. */
  readonly opaque?: boolean;
  /** The first path of the group that shares one inode; absent where the path is alone. */
  readonly hardlinks?: string;
}

/** UTF-16 order puts code points above U+FFFF (surrogates) before U+E000..U+FFFF; UTF-8 order puts them after. */
function rankOfCodeUnit(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Orders paths by their UTF-8 bytes, so that every language sorts them alike. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rankOfCodeUnit(x) - rankOfCodeUnit(y);
  }
  return a.length - b.length;
}

/** Sorts entries by path, in place, and returns them. */
export function sortEntries<E extends { readonly path: string }>(entries: E[]): E[] {
  return entries.sort((a, b) => comparePaths(a.path, b.path));
}
