import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import {
  type PackFrame,
  PackIndex,
  type PackKind,
  type PackReference,
  PatchIndex,
  packLimits,
  packMagic,
} from '@imprint/protocol';
import { Compile } from 'typebox/compile';
import { readAt } from '../../packs/canonical-deb.ts';
import { patchError } from '../errors.ts';

const unpack = promisify(brotliDecompress);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const isIndex = { pack: Compile(PackIndex), patch: Compile(PatchIndex) } as const;

interface Indexes {
  readonly pack: PackIndex;
  readonly patch: PatchIndex;
}

/** Why a file is not the pack it should be; caught where the file is named. */
class Unlike extends Error {}

async function readHead(handle: FileHandle, kind: PackKind, reference: PackReference): Promise<unknown> {
  const { headBytes } = reference;
  if (headBytes > packLimits.preamble + packLimits.compressedIndex)
    throw new Unlike(`a head of ${headBytes} bytes`);
  const head = await readAt(handle, 0, headBytes);
  const digest = sha256(head);
  if (digest !== reference.sha256) throw new Unlike(`a head with sha256 ${digest}`);
  const magic = head.toString('latin1', 0, packMagic[kind].length);
  if (magic !== packMagic[kind]) throw new Unlike(`"${magic}"`);
  const packed = head.subarray(packLimits.preamble);
  const index = await unpack(packed, { maxOutputLength: packLimits.index }).catch(() => {
    throw new Unlike('an index that does not unpack');
  });
  return JSON.parse(index.toString('utf8'));
}

/** Hashes every frame as it is stored; where `raw` is given, also what the frames of a pack unpack to. */
async function readFrames(
  handle: FileHandle,
  { headBytes }: PackReference,
  frames: readonly PackFrame[],
  raw: ((bytes: Buffer) => void) | undefined,
): Promise<number> {
  let at = headBytes;
  for (const [number, [length, digest]] of frames.entries()) {
    if (length > packLimits.frame) throw new Unlike(`a frame of ${length} bytes`);
    const stored = await readAt(handle, at, length);
    if (sha256(stored) !== digest) throw new Unlike(`another frame ${number}`);
    raw?.(
      await unpack(stored, { maxOutputLength: packLimits.rawFrame }).catch(() => {
        throw new Unlike(`a frame ${number} that does not unpack`);
      }),
    );
    at += length;
  }
  return at;
}

async function readWhole<K extends PackKind>(
  handle: FileHandle,
  kind: K,
  reference: PackReference,
  isUnpacked: boolean,
): Promise<Indexes[K]> {
  const index = await readHead(handle, kind, reference);
  if (!isIndex[kind].Check(index)) throw new Unlike('an index of another shape');
  if (index.deb.sha256 !== reference.deb.sha256 || index.deb.sizeBytes !== reference.deb.sizeBytes)
    throw new Unlike(`the package ${index.deb.sha256}`);
  const hash = createHash('sha256');
  const raw = isUnpacked ? (bytes: Buffer) => void hash.update(bytes) : undefined;
  const end = await readFrames(handle, reference, index.frames, raw);
  const { size } = await handle.stat();
  if (end !== reference.sizeBytes || size !== end) throw new Unlike(`${size} bytes, ${end} of them listed`);
  const made = isUnpacked ? hash.digest('hex') : reference.deb.sha256;
  if (made !== reference.deb.sha256) throw new Unlike(`frames that unpack to ${made}`);
  return index as Indexes[K];
}

/**
 * Reads a pack or patch through: its head is the one that the reference names and every frame is the one that the head
 * lists. `unpack` also makes the package from a pack.
 *
 * @throws PATCH_PACK_DAMAGED
 */
export async function checkPack<K extends PackKind>(
  file: string,
  kind: K,
  reference: PackReference,
  options: { readonly unpack?: boolean } = {},
): Promise<Indexes[K]> {
  const damaged = (got: string, cause?: unknown) =>
    patchError('PATCH_PACK_DAMAGED', { file, kind, expected: reference.sha256, got }, { cause });
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw damaged('no file', cause);
  });
  try {
    return await readWhole(handle, kind, reference, options.unpack === true && kind === 'pack');
  } catch (error) {
    if (error instanceof Unlike || error instanceof SyntaxError) throw damaged(error.message, error);
    throw error;
  } finally {
    await handle.close();
  }
}
