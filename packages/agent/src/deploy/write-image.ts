import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../files/durable.ts';
import { installError } from './errors.ts';
import type { ImageRecord } from './model.ts';

const mebibyte = 1024 * 1024;
/** Partition table and boot code lie before this; without them no firmware finds anything to start. */
const headBytes = mebibyte;
const mark = 'IMPRINT: an installation did not finish here. This disk holds nothing of value.\n';

/** The first bytes of a disk on which an installation is under way or was cut off. */
export const unfinishedMark = Buffer.from(mark, 'latin1');

export interface WriteOptions {
  /** Path of the block device, or of a file in its place. */
  readonly path: string;
  readonly diskBytes: number;
  readonly image: ImageRecord;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly onProgress?: (doneBytes: number) => void;
}

interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** Makes the disk one that starts nothing: both ends, where tables and their copies lie, are cleared. */
async function clearEnds(file: FileHandle, diskBytes: number): Promise<void> {
  const blank = Buffer.alloc(headBytes);
  await writeAt(file, blank, Math.max(headBytes, diskBytes - headBytes));
  unfinishedMark.copy(blank);
  await writeAt(file, blank, 0);
  await file.sync();
}

/** Splits a run of bytes at the borders of what is kept back: the image's first and last mebibyte. */
function* split(chunk: Uint8Array, at: number, imageBytes: number): Generator<Piece & { kept: boolean }> {
  const tail = Math.max(headBytes, imageBytes - headBytes);
  const borders = [headBytes, tail, at + chunk.length];
  for (let from = at; from < at + chunk.length; ) {
    const until = borders.find((border) => border > from) ?? at + chunk.length;
    const end = Math.min(until, at + chunk.length);
    const bytes = Buffer.from(chunk.subarray(from - at, end - at));
    yield { at: from, bytes, kept: from < headBytes || from >= tail };
    from = end;
  }
}

async function writeMiddle(
  file: FileHandle,
  options: WriteOptions,
): Promise<{ kept: Piece[]; got: Digests }> {
  const { image, bytes, onProgress } = options;
  const sha256 = createHash('sha256');
  const sm3 = image.sm3 === undefined ? undefined : createHash('sm3');
  const kept: Piece[] = [];
  let at = 0;
  for await (const chunk of bytes) {
    if (at + chunk.length > image.sizeBytes) throw cut(options, at + chunk.length);
    sha256.update(chunk);
    sm3?.update(chunk);
    for (const piece of split(chunk, at, image.sizeBytes)) {
      if (piece.kept) kept.push(piece);
      else await writeAt(file, piece.bytes, piece.at);
    }
    at += chunk.length;
    onProgress?.(at);
  }
  if (at !== image.sizeBytes) throw cut(options, at);
  return { kept, got: { sha256: sha256.digest('hex'), sm3: sm3?.digest('hex') } };
}

interface Digests {
  readonly sha256: string;
  readonly sm3: string | undefined;
}

const cut = ({ image, path }: WriteOptions, got: number) =>
  installError('AGENT_INSTALL_IMAGE_CUT', { expected: image.sizeBytes, got, disk: path });

function requireDigests({ image, path }: WriteOptions, got: Digests): void {
  for (const digest of ['sha256', 'sm3'] as const) {
    const expected = image[digest];
    const found = got[digest];
    if (expected === undefined || expected === found) continue;
    throw installError('AGENT_INSTALL_IMAGE_DIGEST', { digest, expected, got: found ?? '-', disk: path });
  }
}

/**
 * Writes an image to a disk while hashing it. Both ends of the disk are cleared first, and the image's own ends (its
 * partition tables) are written after all its digests hold and the rest is on the disk: whatever happens before, the
 * disk starts nothing.
 * @throws AGENT_INSTALL_IMAGE_DIGEST, AGENT_INSTALL_IMAGE_CUT, AGENT_INSTALL_WRITE and what the source throws
 */
export async function writeImage(options: WriteOptions): Promise<void> {
  try {
    const file = await open(options.path, 'r+');
    try {
      await clearEnds(file, options.diskBytes);
      const { kept, got } = await writeMiddle(file, options);
      requireDigests(options, got);
      await file.sync();
      // The head comes last of all: with it the disk starts.
      for (const piece of [...kept].reverse()) await writeAt(file, piece.bytes, piece.at);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = systemCode(error);
    if (
      reason === undefined ||
      !['EIO', 'ENOSPC', 'EROFS', 'ENXIO', 'ENODEV', 'EPERM', 'EACCES'].includes(reason)
    )
      throw error;
    throw installError('AGENT_INSTALL_WRITE', { disk: options.path, reason }, { cause: error });
  }
}
