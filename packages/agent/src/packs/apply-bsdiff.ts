import { packError } from './errors.ts';
import type { OldFile } from './old-file.ts';
import { pipeBytes, readVarint, type StreamReader } from './stream-reader.ts';

export interface BsdiffStreams {
  readonly control: StreamReader;
  readonly diff: StreamReader;
  readonly extra: StreamReader;
}

const malformed = (expected: string) => packError('AGENT_PATCH_MALFORMED', { expected });

/** Adds the old file's bytes to the difference, in place: the difference is read once and not needed again. */
function addOld(piece: Buffer, old: Pick<OldFile, 'read'>, from: number): void {
  for (let done = 0; done < piece.length; ) {
    const part = old.read(from + done, piece.length - done);
    for (let i = 0; i < part.length; i += 1) {
      // A Buffer stores the sum modulo 256, which is what the difference was taken by.
      piece[done + i] = (piece[done + i] as number) + (part[i] as number);
    }
    done += part.length;
  }
}

/**
 * Gives the `length` bytes of a new file from bsdiff's triples and the old file. Without the old file it only moves the
 * streams past them. Source: Colin Percival, "Naive differences of executable code", 2003; the streams are described in
 * `docs/design/packs.md`.
 * @throws AGENT_PATCH_MALFORMED, AGENT_PACK_UNREADABLE
 */
export async function applyBsdiff(
  streams: BsdiffStreams,
  length: number,
  old: { readonly file: Pick<OldFile, 'read'>; readonly sizeBytes: number } | undefined,
  use: (piece: Buffer) => void,
): Promise<void> {
  let [made, from] = [0, 0];
  for (let idle = 0; made < length; ) {
    const add = await readVarint(streams.control);
    const insert = await readVarint(streams.control);
    const seek = await readVarint(streams.control);
    idle = add + insert === 0 ? idle + 1 : 0;
    made += add + insert;
    if (made > length || idle > 1024) throw malformed('triples that give the length of their file');
    if (old !== undefined && add > 0 && (from < 0 || from + add > old.sizeBytes))
      throw malformed('triples that stay inside the installed file');
    await pipeBytes(streams.diff, add, (piece) => {
      if (old === undefined) return;
      addOld(piece, old.file, from);
      from += piece.length;
      use(piece);
    });
    await pipeBytes(streams.extra, insert, (piece) => {
      if (old !== undefined) use(piece);
    });
    from += seek % 2 === 0 ? seek / 2 : -(seek + 1) / 2;
  }
}
