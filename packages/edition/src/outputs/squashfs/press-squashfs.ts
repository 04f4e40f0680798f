import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptPieces } from '../kept-pieces.ts';
import type { Presser } from '../press-context.ts';
import { splitEntries } from '../split-entries.ts';
import { blockBytes, decodeGroup, encodeGroup, filesOf, groupKey, makeGroup } from './data-groups.ts';
import { packFields } from './fields.ts';
import type { FilePlace } from './inodes.ts';
import { lookupTable, reference } from './metadata.ts';
import { type TreeTables, treeTables } from './tree-tables.ts';

const superblockBytes = 96;
const zstdCompressor = 6;
const noXattrsFlag = 0x0200;
const absent = 0xffffffffffffffffn;
/** Loop devices read whole pages. */
const pageBytes = 4096;

interface DataArea {
  readonly places: Map<string, FilePlace>;
  readonly fragments: Buffer;
  readonly fragmentCount: number;
  readonly end: number;
}

type Groups = readonly (readonly { readonly path: string }[])[];

/** Copies the groups one after another and notes where each file and fragment came to lie. */
async function writeData(image: FileHandle, groups: Groups, pieces: readonly string[]): Promise<DataArea> {
  const places = new Map<string, FilePlace>();
  const fragments: Buffer[] = [];
  let end = superblockBytes;
  for (const [at, path] of pieces.entries()) {
    const group = decodeGroup(await readFile(path));
    const base = end;
    const firstFragment = fragments.length;
    for (const [which, { path: file }] of (groups[at] ?? []).entries()) {
      const placed = group.files[which];
      if (placed === undefined) throw new TypeError(`no data for ${file}`);
      const { start, blocks, fragment } = placed;
      const moved =
        fragment === undefined ? {} : { fragment: { ...fragment, index: firstFragment + fragment.index } };
      places.set(file, { start: blocks.length === 0 ? 0 : base + start, blocks, ...moved });
    }
    for (const { start, size } of group.fragments)
      fragments.push(packFields([base + start, 8], [size, 4], [0, 4]));
    await image.write(group.data, 0, group.data.length, base);
    end += group.data.length;
  }
  return { places, fragments: Buffer.concat(fragments), fragmentCount: fragments.length, end };
}

interface Finished {
  readonly superblock: Buffer;
  readonly tables: Buffer;
}

/** Lays the tables out after the data. Source: Linux Documentation/filesystems/squashfs.rst §3; fs/squashfs/squashfs_fs.h. */
function finish(data: DataArea, tree: TreeTables, level: number, epoch: number): Finished {
  const inodesAt = data.end;
  const listingsAt = inodesAt + tree.inodes.length;
  const fragmentsAt = listingsAt + tree.listings.length;
  const fragments = lookupTable(data.fragments, level, fragmentsAt);
  const owners = lookupTable(tree.owners, level, fragmentsAt + fragments.bytes.length);
  const xattrsAt = fragmentsAt + fragments.bytes.length + owners.bytes.length;
  const xattrs = tree.xattrs.finish(xattrsAt);
  const used = xattrsAt + (xattrs?.bytes.length ?? 0);
  const superblock = packFields(
    [0x73717368, 4],
    [tree.inodeCount, 4],
    [epoch, 4],
    [blockBytes, 4],
    [data.fragmentCount, 4],
    [zstdCompressor, 2],
    [Math.log2(blockBytes), 2],
    [xattrs === undefined ? noXattrsFlag : 0, 2],
    [tree.ownerCount, 2],
    [4, 2],
    [0, 2],
    [reference(tree.root), 8],
    [used, 8],
    [owners.at, 8],
    [xattrs?.at ?? absent, 8],
    [inodesAt, 8],
    [listingsAt, 8],
    [fragments.at, 8],
    [absent, 8],
  );
  const parts = [
    tree.inodes,
    tree.listings,
    fragments.bytes,
    owners.bytes,
    ...(xattrs === undefined ? [] : [xattrs.bytes]),
  ];
  const padding = Buffer.alloc((pageBytes - (used % pageBytes)) % pageBytes);
  return { superblock, tables: Buffer.concat([...parts, padding]) };
}

/**
 * Presses the tree as a squashfs 4.0 with zstd. Files are compressed in runs; a run whose files did not change is
 * taken from earlier presses, so that a small change costs little at any compression level.
 */
export const pressSquashfs: Presser = async (context, output) => {
  const level = Number(output.options.level);
  const { root, entries, plan } = context;
  const groups = splitEntries(entries)
    .map(filesOf)
    .filter((files) => files.length > 0);
  const pieces = await keptPieces(context, groups, {
    suffix: '.squashfs',
    keyOf: (files) => groupKey(files, level),
    make: async (files) => encodeGroup(await makeGroup(root, files, level)),
  });
  const image = await open(join(context.directory, output.fileName), 'w');
  try {
    const data = await writeData(image, groups, pieces);
    const tree = treeTables(context.mtimeOf, entries, data.places, level);
    const { superblock, tables } = finish(data, tree, level, plan.sourceDateEpoch);
    await image.write(superblock, 0, superblock.length, 0);
    await image.write(tables, 0, tables.length, data.end);
  } finally {
    await image.close();
  }
};
