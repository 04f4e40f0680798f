import type { TreeEntry } from '../../tree/index.ts';
import { packFields } from './fields.ts';
import {
  directoryInode,
  type FilePlace,
  fileInode,
  type InodeHead,
  inodeTypes,
  otherInode,
} from './inodes.ts';
import { directoryListing, type ListedChild } from './listing.ts';
import { type MetadataPlace, type MetadataWriter, metadataWriter } from './metadata.ts';
import { type XattrTable, xattrTable } from './xattr-table.ts';

/** Everything but the data: inodes, listings, owners and attributes. */
export interface TreeTables {
  readonly inodes: Buffer;
  readonly listings: Buffer;
  readonly owners: Buffer;
  readonly ownerCount: number;
  readonly xattrs: XattrTable;
  readonly inodeCount: number;
  readonly root: MetadataPlace;
}

interface Walk {
  readonly mtimeOf: (path: string) => number;
  readonly places: ReadonlyMap<string, FilePlace>;
  readonly children: ReadonlyMap<string, readonly TreeEntry[]>;
  readonly numbers: ReadonlyMap<string, number>;
  readonly links: ReadonlyMap<string, number>;
  readonly owners: Map<number, number>;
  readonly inodes: MetadataWriter;
  readonly listings: MetadataWriter;
  readonly xattrs: XattrTable;
  /** Hard link groups already written. */
  readonly written: Map<string, MetadataPlace>;
}

const parentOf = (path: string) => (path.lastIndexOf('/') <= 0 ? '/' : path.slice(0, path.lastIndexOf('/')));
/** The path that stands for all of one inode's. */
const inodePath = ({ path, hardlinks }: TreeEntry) => hardlinks ?? path;

function childrenByParent(entries: readonly TreeEntry[]): Map<string, TreeEntry[]> {
  const children = new Map<string, TreeEntry[]>();
  for (const entry of entries) {
    if (entry.path === '/') continue;
    const siblings = children.get(parentOf(entry.path));
    if (siblings === undefined) children.set(parentOf(entry.path), [entry]);
    else siblings.push(entry);
  }
  return children;
}

function counted(entries: readonly TreeEntry[]): {
  numbers: Map<string, number>;
  links: Map<string, number>;
} {
  const numbers = new Map<string, number>();
  const links = new Map<string, number>();
  for (const entry of entries) {
    const path = inodePath(entry);
    if (!numbers.has(path)) numbers.set(path, numbers.size + 1);
    links.set(path, (links.get(path) ?? 0) + 1);
  }
  return { numbers, links };
}

function ownerIndex({ owners }: Walk, id: number): number {
  const found = owners.get(id);
  if (found !== undefined) return found;
  owners.set(id, owners.size);
  return owners.size - 1;
}

function headOf(walk: Walk, entry: TreeEntry, links: number): InodeHead {
  return {
    entry,
    number: walk.numbers.get(inodePath(entry)) ?? 0,
    uidIndex: ownerIndex(walk, entry.uid),
    gidIndex: ownerIndex(walk, entry.gid),
    mtime: walk.mtimeOf(entry.path),
    links,
    xattrIndex: walk.xattrs.indexOf(entry),
  };
}

function writeLeaf(walk: Walk, entry: TreeEntry): MetadataPlace {
  const path = inodePath(entry);
  const known = walk.written.get(path);
  if (known !== undefined) return known;
  const inode = headOf(walk, entry, walk.links.get(path) ?? 1);
  const place = walk.inodes.place();
  const { type } = entry;
  if (type === 'file') walk.inodes.write(fileInode(inode, walk.places.get(path) ?? { start: 0, blocks: [] }));
  else if (type !== 'directory' && type !== 'whiteout') walk.inodes.write(otherInode(inode, type));
  walk.written.set(path, place);
  return place;
}

/** Writes a directory after all that is in it: its listing needs the places of its children's inodes. */
function writeDirectory(walk: Walk, entry: TreeEntry): MetadataPlace {
  const children = walk.children.get(entry.path) ?? [];
  const listed = children.map((child): ListedChild => {
    const place = child.type === 'directory' ? writeDirectory(walk, child) : writeLeaf(walk, child);
    const name = Buffer.from(child.path.slice(child.path.lastIndexOf('/') + 1));
    const type = child.type === 'whiteout' ? 0 : inodeTypes[child.type];
    return { name, number: walk.numbers.get(inodePath(child)) ?? 0, type, place };
  });
  listed.sort((a, b) => Buffer.compare(a.name, b.name));
  const listing = directoryListing(listed);
  const { block, offset } = walk.listings.place();
  walk.listings.write(listing);
  const links = 2 + children.filter(({ type }) => type === 'directory').length;
  const inode = headOf(walk, entry, links);
  const place = walk.inodes.place();
  const parent = entry.path === '/' ? walk.numbers.size + 1 : (walk.numbers.get(parentOf(entry.path)) ?? 0);
  walk.inodes.write(directoryInode(inode, { block, offset, listingBytes: listing.length, parent }));
  return place;
}

/** Builds the tables of a tree whose files' data already has its places. */
export function treeTables(
  mtimeOf: (path: string) => number,
  entries: readonly TreeEntry[],
  places: ReadonlyMap<string, FilePlace>,
  level: number,
): TreeTables {
  const [top] = entries;
  if (top?.path !== '/') throw new TypeError('a tree begins with its root');
  const walk: Walk = {
    mtimeOf,
    places,
    children: childrenByParent(entries),
    ...counted(entries),
    owners: new Map(),
    inodes: metadataWriter(level),
    listings: metadataWriter(level),
    xattrs: xattrTable(level),
    written: new Map(),
  };
  const place = writeDirectory(walk, top);
  return {
    inodes: walk.inodes.finish().bytes,
    listings: walk.listings.finish().bytes,
    owners: packFields(...[...walk.owners.keys()].map((id) => [id, 4] as const)),
    ownerCount: walk.owners.size,
    xattrs: walk.xattrs,
    inodeCount: walk.numbers.size,
    root: place,
  };
}
