import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import {
  type CanonicalDeb,
  type PackFrame,
  type PackIndex,
  type PackKind,
  type PackReference,
  type PatchIndex,
  packLimits,
  packMagic,
} from '@imprint/protocol';
import { publishFile } from '../store/index.ts';

export interface EncodedPack<Index> {
  /** Named by the digest of its head. */
  readonly file: string;
  readonly reference: PackReference;
  readonly index: Index;
}

const compress = promisify(brotliCompress);
const lgwinOf = (bytes: number) => Math.min(24, Math.max(16, Math.ceil(Math.log2(bytes + 16))));

/** Compresses as one brotli stream (RFC 7932); the window is as large as the input, at most 16 MiB. */
export function brotli(bytes: Uint8Array, quality: number): Promise<Buffer> {
  return compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_LGWIN]: lgwinOf(bytes.length),
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const frameOf = (stored: Uint8Array): PackFrame => [stored.length, sha256(stored)];

async function headOf(kind: PackKind, index: PackIndex | PatchIndex): Promise<Buffer> {
  const packed = await brotli(Buffer.from(JSON.stringify(index)), constants.BROTLI_MAX_QUALITY);
  const preamble = Buffer.alloc(packLimits.preamble);
  preamble.write(packMagic[kind], 'latin1');
  preamble.writeUInt32LE(packed.length, packMagic[kind].length);
  return Buffer.concat([preamble, packed]);
}

/** A private place for what is made on the way; removed whatever happens. */
export async function inWorkspace<T>(directory: string, work: (workspace: string) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const workspace = await mkdtemp(join(directory, '.encode-'));
  try {
    return await work(workspace);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Writes head and frames under the digest of the head, whole or not at all. */
export async function writeContainer<Index extends PackIndex | PatchIndex>(
  kind: PackKind,
  index: Index,
  deb: CanonicalDeb,
  frames: AsyncIterable<Uint8Array>,
  place: { readonly directory: string; readonly workspace: string },
): Promise<EncodedPack<Index>> {
  const head = await headOf(kind, index);
  const temporary = join(place.workspace, 'container');
  let sizeBytes = head.length;
  const out = await open(temporary, 'wx', 0o644);
  try {
    await out.writeFile(head);
    for await (const frame of frames) {
      await out.writeFile(frame);
      sizeBytes += frame.length;
    }
  } finally {
    await out.close();
  }
  const reference = { sha256: sha256(head), headBytes: head.length, sizeBytes, deb };
  const file = join(place.directory, reference.sha256);
  await publishFile(temporary, file);
  return { file, reference, index };
}
