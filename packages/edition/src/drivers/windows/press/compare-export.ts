import { type FileHandle, open } from 'node:fs/promises';
import { type BlobEntry, blobEntriesOf } from './blob-entries.ts';
import { windowsPressError } from './errors.ts';

const chunkBytes = 4 * 1024 * 1024;

/** Bytes that follow one another in both files. */
interface Run {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  sizeBytes: number;
}

const isCopy = (a: BlobEntry, b: BlobEntry) =>
  a.resource.flags === b.resource.flags &&
  a.resource.storedBytes === b.resource.storedBytes &&
  a.resource.sizeBytes === b.resource.sizeBytes;

/** Joins copies that lie beside each other in both files, so that small files cost no reads of their own. */
function runsOf(copies: readonly (readonly [BlobEntry, BlobEntry])[]): Run[] {
  const sorted = [...copies].sort(([, a], [, b]) => a.resource.offset - b.resource.offset);
  const runs: Run[] = [];
  for (const [source, copy] of sorted) {
    const [from, to] = [source.resource.offset, copy.resource.offset];
    const last = runs.at(-1);
    const follows =
      last?.file === source.file && last.from + last.sizeBytes === from && last.to + last.sizeBytes === to;
    if (last !== undefined && follows) last.sizeBytes += copy.resource.storedBytes;
    else runs.push({ file: source.file, from, to, sizeBytes: copy.resource.storedBytes });
  }
  return runs;
}

async function read(handle: FileHandle, buffer: Buffer, offset: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  return buffer.subarray(0, bytesRead);
}

async function compareRun(base: FileHandle, exported: FileHandle, run: Run, signal?: AbortSignal) {
  const size = Math.min(chunkBytes, run.sizeBytes);
  const [a, b] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  for (let at = 0; at < run.sizeBytes; at += chunkBytes) {
    signal?.throwIfAborted();
    const length = Math.min(chunkBytes, run.sizeBytes - at);
    const [before, after] = await Promise.all([
      read(base, a.subarray(0, length), run.from + at),
      read(exported, b.subarray(0, length), run.to + at),
    ]);
    if (before.length === length && before.equals(after)) continue;
    const problem = `its bytes from ${run.to + at} on are not those of the vendor's file they were copied from`;
    throw windowsPressError('WINDOWS_PRESS_EXPORT_DIFFERS', { problem });
  }
}

/** What an export holds beside copies of the base's blobs, by SHA-1. */
export interface Uncopied {
  /** Blobs that the base does not have. */
  readonly added: readonly string[];
  /** Blobs of the base that were compressed anew. */
  readonly rewritten: readonly string[];
}

/**
 * Compares every blob that an export took over with the base's, as stored, and says which it did not take over. With a
 * verified base, equal stored bytes are as good as decompressing them, at a fraction of its time.
 *
 * @throws WINDOWS_PRESS_EXPORT_DIFFERS
 */
export async function compareExport(
  parts: readonly string[],
  exported: string,
  signal?: AbortSignal,
): Promise<Uncopied> {
  const base = new Map((await blobEntriesOf(parts)).map((entry) => [entry.sha1, entry]));
  const [added, rewritten]: [string[], string[]] = [[], []];
  const copies: (readonly [BlobEntry, BlobEntry])[] = [];
  for (const entry of await blobEntriesOf([exported])) {
    const source = base.get(entry.sha1);
    if (entry.isMetadata) continue;
    if (source === undefined) added.push(entry.sha1);
    else if (isCopy(source, entry)) copies.push([source, entry]);
    else rewritten.push(entry.sha1);
  }
  const handles = new Map<string, FileHandle>();
  try {
    for (const path of [...parts, exported]) handles.set(path, await open(path, 'r'));
    const target = handles.get(exported);
    for (const run of runsOf(copies)) {
      const source = handles.get(run.file);
      if (source !== undefined && target !== undefined) await compareRun(source, target, run, signal);
    }
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
  return { added, rewritten };
}
