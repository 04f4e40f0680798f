import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '../../tree/index.ts';
import { hasContent } from '../rootfs/tar-header.ts';
import { zstdBlock, zstdVersion } from '../zstd.ts';

export const blockBytes = 128 * 1024;
/** Set in a block's size when the block is stored as it is. */
const storedFlag = 1 << 24;

/** Where one file's bytes are within its group: whole blocks from `start` on, its tail inside a fragment. */
export interface PlacedFile {
  readonly start: number;
  /** Each block's size on disk, with the stored flag. */
  readonly blocks: readonly number[];
  readonly fragment?: { readonly index: number; readonly offset: number };
}

export interface PlacedFragment {
  readonly start: number;
  readonly size: number;
}

/** A run of files as the data area holds them; offsets count from the group's first byte. */
export interface DataGroup {
  readonly files: readonly PlacedFile[];
  readonly fragments: readonly PlacedFragment[];
  readonly data: Buffer;
}

/** The entries of a run that carry bytes of their own. */
export function filesOf(entries: readonly TreeEntry[]): TreeEntry[] {
  return entries.filter((entry) => hasContent(entry));
}

export function groupKey(files: readonly TreeEntry[], level: number): string {
  const hash = createHash('sha256').update(`imprint/squashfs-group/v2 ${level} ${zstdVersion}\n`);
  for (const { sha256, sizeBytes } of files) hash.update(`${sha256} ${sizeBytes}\n`);
  return hash.digest('hex');
}

/** Appends compressed blocks, each stored as it is where compression does not pay. */
function blockSink(level: number) {
  const parts: Buffer[] = [];
  let length = 0;
  return {
    position: () => length,
    append: async (content: Buffer): Promise<number> => {
      const compressed = await zstdBlock(content, level);
      const isSmaller = compressed.length < content.length;
      const bytes = isSmaller ? compressed : content;
      parts.push(bytes);
      length += bytes.length;
      return isSmaller ? bytes.length : bytes.length | storedFlag;
    },
    bytes: () => Buffer.concat(parts),
  };
}

/** Compresses a run of files: whole blocks file by file, then the tails packed together. */
export async function makeGroup(
  root: string,
  files: readonly TreeEntry[],
  level: number,
): Promise<DataGroup> {
  const sink = blockSink(level);
  const placed: PlacedFile[] = [];
  const tails: Buffer[][] = [[]];
  let filled = 0;
  for (const { path } of files) {
    const content = await readFile(join(root, path));
    const start = sink.position();
    const blocks: number[] = [];
    const whole = content.length - (content.length % blockBytes);
    for (let at = 0; at < whole; at += blockBytes)
      blocks.push(await sink.append(content.subarray(at, at + blockBytes)));
    const tail = content.subarray(whole);
    if (filled + tail.length > blockBytes) {
      tails.push([]);
      filled = 0;
    }
    tails.at(-1)?.push(tail);
    const fragment = { index: tails.length - 1, offset: filled };
    filled += tail.length;
    placed.push({ start, blocks, ...(tail.length === 0 ? {} : { fragment }) });
  }
  const fragments: PlacedFragment[] = [];
  for (const parts of tails) {
    const content = Buffer.concat(parts);
    if (content.length === 0) continue;
    const start = sink.position();
    fragments.push({ start, size: await sink.append(content) });
  }
  return { files: placed, fragments, data: sink.bytes() };
}

/** A group as one file: the length of its table, the table as JSON, the data. */
export function encodeGroup({ files, fragments, data }: DataGroup): Buffer {
  const table = Buffer.from(JSON.stringify({ files, fragments }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(table.length);
  return Buffer.concat([length, table, data]);
}

export function decodeGroup(bytes: Buffer): DataGroup {
  const end = 4 + bytes.readUInt32LE(0);
  const { files, fragments } = JSON.parse(bytes.toString('utf8', 4, end)) as Pick<
    DataGroup,
    'files' | 'fragments'
  >;
  return { files, fragments, data: bytes.subarray(end) };
}
