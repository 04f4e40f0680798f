import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { PackFrame, PackKind, PackReference } from '@imprint/protocol';
import { systemCode } from '../files/durable.ts';
import { packError } from './errors.ts';
import { checkHeadBytes, type Indexes, readHead } from './head.ts';
import { sha256 } from './sha256.ts';
import type { PackSource } from './source.ts';

/** A stretch of a source that is checked as one: bytes from `start`, as many as its frame says. */
export interface Stretch {
  /** Its number within the pack or patch; the head has none. */
  readonly frame: number;
  readonly start: number;
  readonly expected: PackFrame;
}

export interface Received<Index> {
  readonly index: Index;
  readonly file: string;
  readonly headBytes: number;
  readonly requests: number;
  readonly bytes: number;
}

interface Tally {
  requests: number;
  bytes: number;
}

/** Reads `length` bytes at a position, or fewer at the end. */
export function readFully(descriptor: number, at: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, buffer, filled, length - filled, at + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Writes all of it, or says that there is no room. */
export function writeFully(descriptor: number, bytes: Uint8Array, at: number, file: string): void {
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  } catch (cause) {
    const reason = systemCode(cause);
    if (reason !== 'ENOSPC' && reason !== 'EDQUOT') throw cause;
    throw packError('AGENT_PACK_NO_ROOM', { file, reason }, { cause });
  }
}

/** Opens a file of ours for reading and writing, never through a link. */
const openOwn = (file: string) =>
  openSync(file, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);

/** Gathers a source's pieces into stretches of wanted lengths. */
function gatherer(source: PackSource, start: number, end: number, tally: Tally) {
  const pieces = source(start, end)[Symbol.asyncIterator]();
  tally.requests += 1;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async take(length: number): Promise<Buffer> {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        if (rest.length === 0) {
          const next = await pieces.next();
          if (next.done === true) break;
          rest = next.value;
          tally.bytes += rest.length;
        }
        const part = rest.subarray(0, length - filled);
        buffer.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      return buffer.subarray(0, filled);
    },
    close: async () => void (await pieces.return?.()),
  };
}

type Gatherer = ReturnType<typeof gatherer>;

const endOf = ({ start, expected: [length] }: Stretch) => start + length;

/** Where the run of stretches that lie one after another in the source ends. */
function runEnd(stretches: readonly Stretch[], from: number): number {
  let end = stretches[from]?.start ?? 0;
  for (const stretch of stretches.slice(from)) {
    if (stretch.start !== end) break;
    end = endOf(stretch);
  }
  return end;
}

/** How many of the stretches stand whole in the file, from its beginning; what follows them is cut off. */
function keepWhole(descriptor: number, stretches: readonly Stretch[], at: number): number {
  let position = at;
  let whole = 0;
  const { size } = fstatSync(descriptor);
  for (const { expected } of stretches) {
    const [length, digest] = expected;
    if (position + length > size || sha256(readFully(descriptor, position, length)) !== digest) break;
    position += length;
    whole += 1;
  }
  ftruncateSync(descriptor, position);
  return whole;
}

interface Fetching {
  readonly kind: PackKind;
  readonly source: PackSource;
  readonly file: string;
  readonly tally: Tally;
}

/** Fetches the stretches that the file does not hold yet and appends them, each once it was checked. */
async function fetchStretches(
  descriptor: number,
  stretches: readonly Stretch[],
  at: number,
  fetching: Fetching,
  opened?: Gatherer,
): Promise<void> {
  const { kind, source, file, tally } = fetching;
  const whole = keepWhole(descriptor, stretches, at);
  let position = stretches.slice(0, whole).reduce((sum, { expected }) => sum + expected[0], at);
  let from = opened;
  let reaches = from === undefined ? -1 : (stretches[whole]?.start ?? 0);
  try {
    for (const [offset, stretch] of stretches.slice(whole).entries()) {
      if (from === undefined || stretch.start !== reaches) {
        await from?.close();
        from = gatherer(source, stretch.start, runEnd(stretches, whole + offset), tally);
      }
      const bytes = await from.take(stretch.expected[0]);
      checkStretch(kind, stretch, bytes);
      writeFully(descriptor, bytes, position, file);
      position += bytes.length;
      reaches = endOf(stretch);
    }
  } finally {
    await from?.close();
  }
}

function checkStretch(kind: PackKind, { frame, expected: [length, digest] }: Stretch, bytes: Buffer): void {
  if (bytes.length < length)
    throw packError('AGENT_PACK_INCOMPLETE', { kind, expected: length, got: bytes.length });
  const got = sha256(bytes);
  if (got !== digest) throw packError('AGENT_PACK_FRAME_MISMATCH', { kind, frame, expected: digest, got });
}

/** The frames as they lie after the head. */
export function stretchesOf(frames: readonly PackFrame[], headBytes: number): Stretch[] {
  let start = headBytes;
  return frames.map((expected, frame) => {
    const stretch = { frame, start, expected };
    start += expected[0];
    return stretch;
  });
}

/**
 * Fetches a pack or patch into `file`, checking each frame before it is kept. A file that holds a part of it goes on at
 * the last whole frame; one that holds all of it asks for nothing.
 * @throws AGENT_PACK_HEAD_MISMATCH, AGENT_PACK_FRAME_MISMATCH, AGENT_PACK_INCOMPLETE, AGENT_PACK_MALFORMED, AGENT_PACK_NO_ROOM
 */
export async function receive<Kind extends PackKind>(
  kind: Kind,
  reference: PackReference,
  source: PackSource,
  file: string,
): Promise<Received<Indexes[Kind]>> {
  checkHeadBytes(kind, reference);
  const tally: Tally = { requests: 0, bytes: 0 };
  const descriptor = openOwn(file);
  const { headBytes, sizeBytes } = reference;
  let opened: Gatherer | undefined;
  try {
    let head = readFully(descriptor, 0, headBytes);
    if (sha256(head) !== reference.sha256) {
      opened = gatherer(source, 0, sizeBytes, tally);
      head = await opened.take(headBytes);
      if (head.length < headBytes)
        throw packError('AGENT_PACK_INCOMPLETE', { kind, expected: sizeBytes, got: head.length });
    }
    const index = readHead(kind, reference, head);
    if (opened !== undefined) {
      ftruncateSync(descriptor, 0);
      writeFully(descriptor, head, 0, file);
    }
    const stretches = stretchesOf(index.frames, headBytes);
    await fetchStretches(descriptor, stretches, headBytes, { kind, source, file, tally }, opened);
    return { index, file, headBytes, ...tally };
  } finally {
    await opened?.close();
    closeSync(descriptor);
  }
}

/**
 * Fetches some frames of a pack into `file`, one after another; what stands there whole is not asked for again.
 * @throws AGENT_PACK_FRAME_MISMATCH, AGENT_PACK_INCOMPLETE, AGENT_PACK_NO_ROOM
 */
export async function receiveFrames(
  stretches: readonly Stretch[],
  source: PackSource,
  file: string,
): Promise<Tally> {
  const tally: Tally = { requests: 0, bytes: 0 };
  const descriptor = openOwn(file);
  try {
    await fetchStretches(descriptor, stretches, 0, { kind: 'pack', source, file, tally });
    return tally;
  } finally {
    closeSync(descriptor);
  }
}
