import type { TreeEntry } from '../../tree/index.ts';

export const sectorBytes = 512;
const mebibyte = 1024 * 1024;

export interface Extent {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** Where each part of the disk lies; the root is last, so that it can grow. */
export interface DiskLayout {
  readonly sizeBytes: number;
  readonly bios: Extent;
  readonly esp: Extent;
  readonly root: Extent;
}

/** Room ext4 needs for the entries: blocks of content, inodes, directories, its journal, and some to start a device with. */
export function rootSizeBytes(entries: readonly TreeEntry[]): number {
  let blocks = 0;
  for (const { type, sizeBytes = 0, hardlinks, path } of entries) {
    if (type === 'directory') blocks += 1;
    if (type === 'file' && (hardlinks === undefined || hardlinks === path))
      blocks += Math.ceil(sizeBytes / 4096);
  }
  const content = blocks * 4096 + inodeCount(entries) * 256;
  return Math.ceil((content * 1.04 + 64 * mebibyte) / (4 * mebibyte)) * 4 * mebibyte;
}

/** Inodes for the tree and for what a device adds before its file system grows. */
export function inodeCount(entries: readonly TreeEntry[]): number {
  return Math.ceil((entries.length * 1.25 + 4096) / 2048) * 2048;
}

export function diskLayout(rootBytes: number): DiskLayout {
  const bios = { startBytes: mebibyte, sizeBytes: mebibyte };
  const esp = { startBytes: 2 * mebibyte, sizeBytes: 40 * mebibyte };
  const root = { startBytes: 42 * mebibyte, sizeBytes: rootBytes };
  return { bios, esp, root, sizeBytes: root.startBytes + root.sizeBytes + mebibyte };
}
