import { createHash } from 'node:crypto';
import { createWriteStream, lstatSync } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { mapLimited } from '../../engine/map-limited.ts';
import { runTool } from '../../tools/run-tool.ts';
import type { TreeEntry } from '../../tree/index.ts';
import type { PressContext, Presser } from '../press-context.ts';
import { splitFrames } from './split-frames.ts';
import { hasContent, padded, tarEnd, tarHeader } from './tar-header.ts';

const compress = promisify(zstdCompress);

interface Member {
  readonly entry: TreeEntry;
  readonly header: Buffer;
}

function membersOf(root: string, entries: readonly TreeEntry[]): Member[] {
  return entries.map((entry) => {
    const mtime = Math.floor(lstatSync(join(root, entry.path)).mtimeMs / 1000);
    return { entry, header: tarHeader(entry, mtime) };
  });
}

function frameKey(members: readonly Member[], level: number): string {
  const hash = createHash('sha256').update(`imprint/tar-frame/v1 ${level} ${process.versions.zstd ?? ''}\n`);
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

function compressFrame(content: Buffer, level: number): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return compress(content, { params });
}

interface Piece {
  readonly path: string;
  /** Where it was written when it was not there yet. */
  readonly fresh?: string;
}

async function makePiece(
  context: PressContext,
  entries: readonly TreeEntry[],
  level: number,
): Promise<Piece> {
  context.signal?.throwIfAborted();
  const members = membersOf(context.root, entries);
  const name = `${frameKey(members, level)}.tar.zst`;
  const path = join(context.pieces, name);
  if ((await stat(path).catch(() => undefined)) !== undefined) return { path };
  const fresh = join(context.pieces, `.tmp-${name}`);
  await writeFile(fresh, await compressFrame(await frameContent(context.root, members), level));
  return { path, fresh };
}

/** Makes the frames that are not kept from an earlier press; they get their names together, once they are on disk. */
async function framePieces(context: PressContext, level: number): Promise<string[]> {
  await mkdir(context.pieces, { recursive: true });
  const frames = splitFrames(context.entries);
  let done = 0;
  const made = await mapLimited(frames, 3, async (entries) => {
    const piece = await makePiece(context, entries, level);
    context.progress({ kind: 'progress', done: ++done, total: frames.length, unit: 'steps' });
    return piece;
  });
  const fresh = made.flatMap((piece) =>
    piece.fresh === undefined ? [] : [[piece.fresh, piece.path] as const],
  );
  if (fresh.length > 0) await runTool(['sync', '--file-system', context.pieces], { signal: context.signal });
  for (const [from, to] of fresh) await rename(from, to);
  return made.map(({ path }) => path);
}

/**
 * Presses the tree as one `.tar.zst`: a concatenation of independently compressed frames, which every zstd reader
 * takes as one file (RFC 8878 §3). Frames whose members did not change are taken from earlier presses.
 */
export const pressRootfs: Presser = async (context, output) => {
  const level = Number(output.options.level);
  const pieces = await framePieces(context, level);
  const stream = createWriteStream(join(context.directory, output.fileName));
  for (const path of pieces) if (!stream.write(await readFile(path))) await once(stream);
  stream.end(await compressFrame(tarEnd, level));
  await finished(stream);
};

function once(stream: ReturnType<typeof createWriteStream>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('drain', resolve);
    stream.once('error', reject);
  });
}
