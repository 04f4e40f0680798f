import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from '../../tree/index.ts';
import { keptPieces } from '../kept-pieces.ts';
import type { PressContext, Presser } from '../press-context.ts';
import { splitEntries } from '../split-entries.ts';
import { zstdFrame, zstdVersion } from '../zstd.ts';
import { hasContent, padded, tarEnd, tarHeader } from './tar-header.ts';

interface Member {
  readonly entry: TreeEntry;
  readonly header: Buffer;
}

function membersOf(context: PressContext, entries: readonly TreeEntry[]): Member[] {
  return entries.map((entry) => ({ entry, header: tarHeader(entry, context.mtimeOf(entry.path)) }));
}

function frameKey(members: readonly Member[], level: number): string {
  const hash = createHash('sha256').update(`imprint/tar-frame/v2 ${level} ${zstdVersion}\n`);
  for (const { entry, header } of members) hash.update(header).update(entry.sha256 ?? '');
  return hash.digest('hex');
}

async function frameContent(root: string, members: readonly Member[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { entry, header } of members) {
    parts.push(header);
    if (hasContent(entry)) parts.push(padded(await readFile(join(root, entry.path))));
  }
  return Buffer.concat(parts);
}

/**
 * Presses the tree as one `.tar.zst`: a concatenation of independently compressed frames, which every zstd reader
 * takes as one file (RFC 8878 §3). Frames whose members did not change are taken from earlier presses.
 */
export const pressRootfs: Presser = async (context, output) => {
  const level = Number(output.options.level);
  const frames = splitEntries(context.entries).map((entries) => membersOf(context, entries));
  const pieces = await keptPieces(context, frames, {
    suffix: '.tar.zst',
    keyOf: (members) => frameKey(members, level),
    make: async (members) => zstdFrame(await frameContent(context.root, members), level),
  });
  const archive = await open(join(context.directory, output.fileName), 'w');
  try {
    for (const path of pieces) await archive.write(await readFile(path));
    await archive.write(await zstdFrame(tarEnd, level));
  } finally {
    await archive.close();
  }
};
