import { createReadStream } from 'node:fs';
import { createBrotliDecompress } from 'node:zlib';
import { packError } from './errors.ts';

/** Reads one of a patch's streams from its file, unpacking as it goes; nothing is held but what was unpacked last. */
export interface StreamReader {
  /** Between 1 and `most` bytes that are at hand; undefined where `fill` has to be awaited first. They hold until the next `fill`. */
  take(most: number): Buffer | undefined;
  /** The next byte, as `take`. */
  byte(): number | undefined;
  /** @throws AGENT_PACK_UNREADABLE */
  fill(): Promise<void>;
  /** @throws AGENT_PACK_UNREADABLE where it holds more than was said. */
  finish(): Promise<void>;
  close(): void;
}

export interface StreamPlace {
  readonly name: string;
  readonly file: string;
  readonly start: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

const none = Buffer.alloc(0);

function unpacked({ file, start, storedBytes }: StreamPlace) {
  const stored = createReadStream(file, { start, end: start + storedBytes - 1, highWaterMark: 128 * 1024 });
  const unpack = createBrotliDecompress({ chunkSize: 128 * 1024 });
  // Whoever reads next is told; without a listener the process would end.
  unpack.on('error', () => {});
  stored.on('error', (error) => unpack.destroy(error));
  stored.pipe(unpack);
  const close = () => {
    stored.destroy();
    unpack.destroy();
  };
  return { pieces: unpack[Symbol.asyncIterator]() as AsyncIterator<Buffer>, close };
}

/** Opens a stream; one of no bytes opens nothing. */
export function openStream(place: StreamPlace): StreamReader {
  const { name, rawBytes, storedBytes } = place;
  const opened = storedBytes === 0 ? undefined : unpacked(place);
  let held: Buffer = none;
  let seen = 0;
  const refuse = (got: string | number, cause?: unknown) =>
    packError('AGENT_PACK_UNREADABLE', { kind: 'patch', part: name, expected: rawBytes, got }, { cause });
  const next = async (): Promise<Buffer | undefined> => {
    try {
      const piece = await opened?.pieces.next();
      return piece === undefined || piece.done === true ? undefined : piece.value;
    } catch (cause) {
      throw refuse('damage', cause);
    }
  };
  const fill = async () => {
    if (held.length > 0) return;
    const piece = await next();
    if (piece === undefined) throw refuse(seen);
    seen += piece.length;
    if (seen > rawBytes) throw refuse('more');
    held = piece;
  };
  return {
    take(most) {
      if (held.length === 0) return undefined;
      const part = held.subarray(0, most);
      held = held.subarray(part.length);
      return part;
    },
    byte() {
      const first = held[0];
      if (first !== undefined) held = held.subarray(1);
      return first;
    },
    fill,
    async finish() {
      if (held.length > 0 || (await next()) !== undefined) throw refuse('more');
      if (seen !== rawBytes) throw refuse(seen);
    },
    close: () => opened?.close(),
  };
}

/** Hands exactly `length` bytes of a stream to `use`, piece by piece. */
export async function pipeBytes(
  reader: StreamReader,
  length: number,
  use: (piece: Buffer) => void,
): Promise<void> {
  for (let left = length; left > 0; ) {
    const piece = reader.take(left);
    if (piece === undefined) await reader.fill();
    else {
      use(piece);
      left -= piece.length;
    }
  }
}

/** Reads one number of at least 0: groups of 7 bits, the lowest first. */
export async function readVarint(reader: StreamReader): Promise<number> {
  let value = 0;
  for (let scale = 1; ; scale *= 0x80) {
    let byte = reader.byte();
    while (byte === undefined) {
      await reader.fill();
      byte = reader.byte();
    }
    value += (byte % 0x80) * scale;
    if (byte < 0x80) return value;
    if (!Number.isSafeInteger(value) || scale > 2 ** 45)
      throw packError('AGENT_PATCH_MALFORMED', { expected: 'numbers of at most 52 bits' });
  }
}
