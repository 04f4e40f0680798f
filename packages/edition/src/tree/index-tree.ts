import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { sortEntries, type TreeEntry } from './entry.ts';
import { treeError } from './errors.ts';
import { hashFileSync } from './hash.ts';
import { readXattrs, type TreeXattrs } from './xattrs.ts';

/** Bytes hashed before other work of the process gets its turn. */
const bytesPerTurn = 32 * 1024 * 1024;
/** What a file costs beyond its bytes, so that many small files end a turn too. */
const bytesPerFile = 64 * 1024;

export interface IndexOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called about every 32 MB. */
  readonly onProgress?: ((files: number, bytes: number) => void) | undefined;
}

interface Walk {
  readonly directory: string;
  readonly xattrs: TreeXattrs;
  readonly entries: TreeEntry[];
  /** Inode → positions in `entries` that share it. */
  readonly inodes: Map<string, number[]>;
  files: number;
  bytes: number;
}

/**
 * Walks a directory, or an overlayfs upper directory, and hashes it into entries sorted by path, the root included.
 * In an upper directory a 0/0 character device is a whiteout and `trusted.overlay.opaque` sets `opaque`.
 *
 * @throws TREE_ENTRY_UNSUPPORTED, TREE_CHANGED, TOOL_MISSING, TOOL_FAILED
 */
export async function indexTree(directory: string, options: IndexOptions = {}): Promise<TreeEntry[]> {
  const root = directory.length > 1 ? directory.replace(/\/+$/, '') : directory;
  const xattrs = await readXattrs(root, options.signal);
  for (const [path, found] of xattrs.unsupported) throw treeError('TREE_ENTRY_UNSUPPORTED', { path, found });
  const walk: Walk = { directory: root, xattrs, entries: [], inodes: new Map(), files: 0, bytes: 0 };
  const pending = ['/'];
  let turnEnds = bytesPerTurn;
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entry = readEntry(walk, path);
    if (entry.type === 'directory') pending.push(...childrenOf(walk, path));
    if (walk.bytes + walk.files * bytesPerFile < turnEnds) continue;
    turnEnds += bytesPerTurn;
    options.onProgress?.(walk.files, walk.bytes);
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return sortEntries(withHardlinks(walk));
}

const within = (walk: Walk, path: string) => (path === '/' ? walk.directory : walk.directory + path);

function childrenOf(walk: Walk, path: string): string[] {
  const names = readdirSync(within(walk, path));
  const undecodable = names.find((name) => name.includes('\ufffd'));
  if (undecodable !== undefined)
    throw treeError('TREE_ENTRY_UNSUPPORTED', {
      path: `${path}/${undecodable}`,
      found: 'a name that is not UTF-8',
    });
  return names.map((name) => (path === '/' ? `/${name}` : `${path}/${name}`));
}

function readEntry(walk: Walk, path: string): TreeEntry {
  try {
    const stats = lstatSync(within(walk, path));
    const xattrs = walk.xattrs.plain.get(path);
    const entry: TreeEntry = {
      path,
      ...contentOf(walk, path, stats),
      ...(xattrs === undefined ? {} : { xattrs }),
      ...(walk.xattrs.opaque.has(path) ? { opaque: true } : {}),
    };
    if (stats.nlink > 1 && entry.type !== 'directory' && entry.type !== 'whiteout') {
      const inode = `${stats.dev}:${stats.ino}`;
      const group = walk.inodes.get(inode);
      if (group === undefined) walk.inodes.set(inode, [walk.entries.length]);
      else group.push(walk.entries.length);
    }
    walk.entries.push(entry);
    return entry;
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? ''))
      throw treeError('TREE_CHANGED', { path }, { cause });
    throw cause;
  }
}

type Content = Omit<TreeEntry, 'path' | 'xattrs' | 'opaque' | 'hardlinks'>;

function contentOf(walk: Walk, path: string, stats: Stats): Content {
  const owner = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  if (stats.isFile()) {
    const { sha256, sizeBytes } = hashFileSync(within(walk, path));
    if (sizeBytes !== stats.size) throw treeError('TREE_CHANGED', { path });
    walk.files += 1;
    walk.bytes += sizeBytes;
    return { type: 'file', ...owner, sizeBytes, sha256 };
  }
  if (stats.isDirectory()) return { type: 'directory', ...owner };
  if (stats.isSymbolicLink()) return { type: 'symlink', ...owner, link: readlinkSync(within(walk, path)) };
  if (stats.isFIFO()) return { type: 'fifo', ...owner };
  const device = deviceOf(stats.rdev);
  if (stats.isBlockDevice()) return { type: 'block', ...owner, device };
  if (!stats.isCharacterDevice()) throw treeError('TREE_ENTRY_UNSUPPORTED', { path, found: 'a socket' });
  if (device[0] === 0 && device[1] === 0) return { type: 'whiteout', mode: 0, uid: 0, gid: 0 };
  return { type: 'character', ...owner, device };
}

/** Splits Linux' device number as glibc's gnu_dev_major and gnu_dev_minor do, for numbers below 2^32. */
function deviceOf(rdev: number): readonly [number, number] {
  return [(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)];
}

function withHardlinks(walk: Walk): TreeEntry[] {
  for (const group of walk.inodes.values()) {
    if (group.length < 2) continue;
    const members = sortEntries(group.map((at) => ({ at, path: walk.entries[at]?.path ?? '' })));
    for (const { at } of members) {
      const entry = walk.entries[at];
      if (entry !== undefined) walk.entries[at] = { ...entry, hardlinks: members[0]?.path ?? entry.path };
    }
  }
  return walk.entries;
}
