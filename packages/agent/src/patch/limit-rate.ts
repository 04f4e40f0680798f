import type { PackSource } from '../packs/source.ts';

/** Passes a source's bytes on no faster than `bytesPerSecond`; the wait after a piece is as long as the piece was worth. */
export const limitRate = (
  source: PackSource,
  bytesPerSecond: number,
  sleep: (ms: number) => Promise<void>,
): PackSource =>
  async function* limited(start, end) {
    for await (const piece of source(start, end)) {
      yield piece;
      await sleep((piece.length / bytesPerSecond) * 1000);
    }
  };

/** Counts the bytes that a source gives. */
export const counted = (source: PackSource, count: (bytes: number) => void): PackSource =>
  async function* read(start, end) {
    for await (const piece of source(start, end)) {
      count(piece.length);
      yield piece;
    }
  };
