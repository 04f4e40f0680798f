import { closeSync, openSync, rmSync } from 'node:fs';
import { type PatchIndex, packLimits } from '@imprint/protocol';
import { rawBytesOf, unpackFrame } from './rebuild-pack.ts';
import { readFully, receiveFrames, type Stretch, stretchesOf } from './receive.ts';
import type { PlacedStep } from './script.ts';
import type { PackSource } from './source.ts';

/** Parts of the canonical `.deb`, read from the frames of its pack. */
export interface Fallback {
  readonly requests: number;
  readonly bytes: number;
  /** Hands over the bytes from `at`, piece by piece. */
  copy(at: number, length: number, use: (piece: Buffer) => void): void;
  close(): void;
}

const frameAt = (at: number) => Math.floor(at / packLimits.rawFrame);

/** The frames that hold the steps' bytes; a single one between two is taken along, as it costs less than a request. */
function framesFor(steps: readonly PlacedStep[]): number[] {
  const needed = new Set<number>();
  for (const { at, length } of steps)
    for (let frame = frameAt(at); frame <= frameAt(at + length - 1); frame += 1) needed.add(frame);
  for (const frame of [...needed]) if (needed.has(frame + 2)) needed.add(frame + 1);
  return [...needed].sort((a, b) => a - b);
}

/**
 * Fetches what the steps need of the pack and opens it. What an interrupted attempt left in `file` is used.
 * @throws AGENT_PACK_FRAME_MISMATCH, AGENT_PACK_INCOMPLETE, AGENT_PACK_NO_ROOM
 */
export async function openFallback(
  index: PatchIndex,
  steps: readonly PlacedStep[],
  source: PackSource,
  file: string,
): Promise<Fallback> {
  const all = stretchesOf(index.pack.frames, index.pack.headBytes);
  const wanted = framesFor(steps).flatMap((frame): Stretch[] => {
    const stretch = all[frame];
    return stretch === undefined ? [] : [stretch];
  });
  const tally = await receiveFrames(wanted, source, file);
  const places = new Map<number, { readonly at: number; readonly length: number }>();
  let end = 0;
  for (const { frame, expected } of wanted) {
    places.set(frame, { at: end, length: expected[0] });
    end += expected[0];
  }
  const descriptor = openSync(file, 'r');
  let last: { readonly frame: number; readonly raw: Buffer } | undefined;
  const rawOf = (frame: number): Buffer => {
    if (last?.frame === frame) return last.raw;
    const { at, length } = places.get(frame) ?? { at: 0, length: 0 };
    const stored = readFully(descriptor, at, length);
    last = { frame, raw: unpackFrame(stored, frame, rawBytesOf(frame, index.deb.sizeBytes)) };
    return last.raw;
  };
  return {
    ...tally,
    copy(at, length, use) {
      for (let place = at; place < at + length; ) {
        const frame = frameAt(place);
        const from = place - frame * packLimits.rawFrame;
        const piece = rawOf(frame).subarray(from, from + at + length - place);
        use(piece);
        place += piece.length;
      }
    },
    close() {
      closeSync(descriptor);
      rmSync(file, { force: true });
    },
  };
}
