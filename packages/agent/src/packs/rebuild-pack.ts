import { closeSync, openSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { type PackIndex, packLimits } from '@imprint/protocol';
import { openDebWriter } from './deb-writer.ts';
import { packError } from './errors.ts';
import { type Received, readFully, stretchesOf } from './receive.ts';

/**
 * Unpacks one frame of a pack, which holds `expected` bytes.
 * @throws AGENT_PACK_UNREADABLE
 */
export function unpackFrame(stored: Uint8Array, frame: number, expected: number): Buffer {
  const refuse = (got: string | number, cause?: unknown) =>
    packError('AGENT_PACK_UNREADABLE', { kind: 'pack', part: `frame ${frame}`, expected, got }, { cause });
  let raw: Buffer;
  try {
    raw = brotliDecompressSync(stored, { maxOutputLength: Math.max(expected, 1) });
  } catch (cause) {
    throw refuse('damage or more', cause);
  }
  if (raw.length !== expected) throw refuse(raw.length);
  return raw;
}

/** How much the frame of that number unpacks to. */
export const rawBytesOf = (frame: number, debBytes: number): number =>
  Math.min(packLimits.rawFrame, debBytes - frame * packLimits.rawFrame);

/**
 * Writes the canonical `.deb` of a received pack to `target`, whole and checked or not at all.
 * @throws AGENT_PACK_UNREADABLE, AGENT_PACK_RESULT_MISMATCH, AGENT_PACK_NO_ROOM
 */
export function rebuildFromPack({ index, file, headBytes }: Received<PackIndex>, target: string): void {
  const descriptor = openSync(file, 'r');
  const writer = openDebWriter(target, index.deb);
  try {
    for (const { frame, start, expected } of stretchesOf(index.frames, headBytes)) {
      const stored = readFully(descriptor, start, expected[0]);
      writer.push(unpackFrame(stored, frame, rawBytesOf(frame, index.deb.sizeBytes)));
    }
    writer.finish();
  } finally {
    writer.close();
    closeSync(descriptor);
  }
}
