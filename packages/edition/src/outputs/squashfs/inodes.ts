import type { TreeEntry } from '../../tree/index.ts';
import { packFields } from './fields.ts';
import { noXattrs } from './xattr-table.ts';

/** Inode types; the extended form of each is its number plus 7. */
export const inodeTypes = { directory: 1, file: 2, symlink: 3, block: 4, character: 5, fifo: 6 } as const;
const extended = 7;
const noFragment = 0xffffffff;

export interface InodeHead {
  readonly entry: TreeEntry;
  readonly number: number;
  readonly uidIndex: number;
  readonly gidIndex: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly links: number;
  readonly xattrIndex: number;
}

export interface FilePlace {
  readonly start: number;
  readonly blocks: readonly number[];
  readonly fragment?: { readonly index: number; readonly offset: number };
}

export interface DirectoryPlace {
  /** Of its listing in the directory table. */
  readonly block: number;
  readonly offset: number;
  readonly listingBytes: number;
  readonly parent: number;
}

function head({ entry, number, uidIndex, gidIndex, mtime }: InodeHead, type: number): Buffer {
  return packFields([type, 2], [entry.mode, 2], [uidIndex, 2], [gidIndex, 2], [mtime, 4], [number, 4]);
}

export function fileInode(inode: InodeHead, { start, blocks, fragment }: FilePlace): Buffer {
  const size = inode.entry.sizeBytes ?? 0;
  const tail = [
    [fragment?.index ?? noFragment, 4],
    [fragment?.offset ?? 0, 4],
  ] as const;
  const sizes = packFields(...blocks.map((block) => [block, 4] as const));
  const isPlain = inode.links === 1 && inode.xattrIndex === noXattrs && start < 2 ** 32 && size < 2 ** 32;
  if (isPlain)
    return Buffer.concat([head(inode, inodeTypes.file), packFields([start, 4], ...tail, [size, 4]), sizes]);
  const long = packFields([start, 8], [size, 8], [0, 8], [inode.links, 4], ...tail, [inode.xattrIndex, 4]);
  return Buffer.concat([head(inode, inodeTypes.file + extended), long, sizes]);
}

/** The listing's size counts three bytes more than it has, for the entries of the directory itself. */
export function directoryInode(
  inode: InodeHead,
  { block, offset, listingBytes, parent }: DirectoryPlace,
): Buffer {
  const size = listingBytes + 3;
  if (size <= 0xffff && inode.xattrIndex === noXattrs) {
    const short = packFields([block, 4], [inode.links, 4], [size, 2], [offset, 2], [parent, 4]);
    return Buffer.concat([head(inode, inodeTypes.directory), short]);
  }
  const long = packFields(
    [inode.links, 4],
    [size, 4],
    [block, 4],
    [parent, 4],
    [0, 2],
    [offset, 2],
    [inode.xattrIndex, 4],
  );
  return Buffer.concat([head(inode, inodeTypes.directory + extended), long]);
}

/** Linux' new_encode_dev. */
function deviceNumber([major, minor]: readonly [number, number]): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** Links, devices and pipes: what needs no data area. */
export function otherInode(inode: InodeHead, type: 'symlink' | 'block' | 'character' | 'fifo'): Buffer {
  const { entry, links, xattrIndex } = inode;
  const long = xattrIndex === noXattrs ? [] : [packFields([xattrIndex, 4])];
  const start = head(inode, inodeTypes[type] + (long.length > 0 ? extended : 0));
  if (type === 'fifo') return Buffer.concat([start, packFields([links, 4]), ...long]);
  if (type !== 'symlink')
    return Buffer.concat([start, packFields([links, 4], [deviceNumber(entry.device ?? [0, 0]), 4]), ...long]);
  const target = Buffer.from(entry.link ?? '');
  return Buffer.concat([start, packFields([links, 4], [target.length, 4]), target, ...long]);
}
