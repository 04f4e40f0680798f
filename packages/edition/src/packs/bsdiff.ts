import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../tools/run-tool.ts';
import { packError } from './errors.ts';

/** A file's change as bsdiff finds it: add `add` bytes of `diff` to the old file's, put in `insert` of `extra`, then move on. */
export interface Triple {
  readonly add: number;
  readonly insert: number;
  readonly seek: number;
}

export interface FileDiff {
  readonly triples: readonly Triple[];
  readonly diff: Buffer;
  readonly extra: Buffer;
}

const headerBytes = 32;
const tripleBytes = 24;
const atOnce = 2;

/** bsdiff's numbers: 63 bits of magnitude, little-endian, and a sign in the top bit. Source: bspatch.c, `offtin`. */
function offtin(bytes: Buffer, at: number): number {
  const magnitude = Number(bytes.readBigUInt64LE(at) & 0x7fff_ffff_ffff_ffffn);
  return ((bytes[at + 7] ?? 0) & 0x80) === 0 ? magnitude : -magnitude;
}

interface BzipPatch {
  readonly newBytes: number;
  readonly control: Buffer;
  readonly diff: Buffer;
  readonly extra: Buffer;
}

function splitPatch(patch: Buffer): BzipPatch {
  if (patch.toString('latin1', 0, 8) !== 'BSDIFF40')
    throw packError('PACK_TOOL_ANSWER', { expected: 'BSDIFF40', got: patch.length });
  const diffAt = headerBytes + offtin(patch, 8);
  const extraAt = diffAt + offtin(patch, 16);
  return {
    newBytes: offtin(patch, 24),
    control: patch.subarray(headerBytes, diffAt),
    diff: patch.subarray(diffAt, extraAt),
    extra: patch.subarray(extraAt),
  };
}

/** Unpacks many bzip2 streams, one after another, in one run of bzip2. */
async function bunzip(streams: readonly Buffer[], limitBytes: number): Promise<Buffer> {
  const input = Buffer.concat(streams);
  return (await runTool(['bzip2', '-dc'], { input, maxOutputBytes: limitBytes })).stdout;
}

function triplesOf(control: Buffer, at: number, newBytes: number): Triple[] {
  const triples: Triple[] = [];
  for (let made = 0, place = at; made < newBytes; place += tripleBytes) {
    if (place + tripleBytes > control.length)
      throw packError('PACK_TOOL_ANSWER', { expected: newBytes, got: made });
    const triple = {
      add: offtin(control, place),
      insert: offtin(control, place + 8),
      seek: offtin(control, place + 16),
    };
    made += triple.add + triple.insert;
    if (made > newBytes) throw packError('PACK_TOOL_ANSWER', { expected: newBytes, got: made });
    triples.push(triple);
  }
  return triples;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function unpackPatches(patches: readonly BzipPatch[]): Promise<FileDiff[]> {
  const total = sum(patches.map(({ newBytes }) => newBytes)) + 1;
  // Each triple gives a byte or is one that gives none, which bsdiff writes at most once for each that does.
  const control = await bunzip(
    patches.map((patch) => patch.control),
    total * tripleBytes * 2,
  );
  const diff = await bunzip(
    patches.map((patch) => patch.diff),
    total,
  );
  const extra = await bunzip(
    patches.map((patch) => patch.extra),
    total,
  );
  let [controlAt, diffAt, extraAt] = [0, 0, 0];
  return patches.map(({ newBytes }) => {
    const triples = triplesOf(control, controlAt, newBytes);
    const [added, inserted] = [sum(triples.map(({ add }) => add)), sum(triples.map(({ insert }) => insert))];
    const found = {
      triples,
      diff: diff.subarray(diffAt, diffAt + added),
      extra: extra.subarray(extraAt, extraAt + inserted),
    };
    controlAt += triples.length * tripleBytes;
    diffAt += added;
    extraAt += inserted;
    return found;
  });
}

/** The files' contents before and after. */
export interface Change {
  readonly before: Buffer;
  readonly after: Buffer;
}

async function patchOf(change: Change, name: string, workspace: string): Promise<BzipPatch> {
  const [before, after, patch] = ['before', 'after', 'patch'].map((part) =>
    join(workspace, `${name}.${part}`),
  ) as [string, string, string];
  await writeFile(before, change.before);
  await writeFile(after, change.after);
  await runTool(['bsdiff', before, after, patch]);
  return splitPatch(await readFile(patch));
}

/**
 * Compares files with bsdiff and gives what it found in plain, so that many files' findings compress as one stream.
 *
 * @throws PACK_TOOL_ANSWER, TOOL_MISSING, TOOL_FAILED
 */
export async function diffFiles(changes: readonly Change[], workspace: string): Promise<FileDiff[]> {
  if (changes.length === 0) return [];
  const patches = new Array<BzipPatch>(changes.length);
  const queue = changes.entries();
  const work = async (worker: number) => {
    for (const [index, change] of queue) patches[index] = await patchOf(change, `diff-${worker}`, workspace);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => work(worker)));
  return unpackPatches(patches);
}

/** Whether every triple stays inside the old file, as bsdiff's own do. */
export function staysInside({ triples }: FileDiff, beforeBytes: number): boolean {
  let at = 0;
  return triples.every(({ add, seek }) => {
    const isInside = at >= 0 && at + add <= beforeBytes;
    at += add + seek;
    return isInside || add === 0;
  });
}
