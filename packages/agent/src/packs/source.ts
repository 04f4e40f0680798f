import { createReadStream } from 'node:fs';

/**
 * Where a pack or patch is read from: its bytes from `start`, up to but without `end`. It may end early; the reader notices.
 */
export type PackSource = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** A pack or patch that lies on this machine, on a stick or in a relay's directory. */
export const fileSource =
  (path: string): PackSource =>
  (start, end) =>
    createReadStream(path, { start, end: end - 1, highWaterMark: 256 * 1024 });
