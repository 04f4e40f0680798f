import { type PatchIndex, patchStreams } from '@imprint/protocol';
import { applyBsdiff } from './apply-bsdiff.ts';
import { applyGzipped } from './apply-gzipped.ts';
import { type DebWriter, openDebWriter } from './deb-writer.ts';
import { packError } from './errors.ts';
import { type Fallback, openFallback } from './fallback.ts';
import { type FileMemory, fileMemory, type OldFiles, openOldFile } from './old-file.ts';
import type { Received } from './receive.ts';
import { type BaseStep, baseStep, type PlacedStep, readScript } from './script.ts';
import type { PackSource } from './source.ts';
import { openStream, pipeBytes, type StreamReader } from './stream-reader.ts';

type Streams = Readonly<Record<(typeof patchStreams)[number], StreamReader>>;

/** What a rebuild came to: how many files were not as expected, and what they cost. */
export interface PatchOutcome {
  readonly differed: readonly string[];
  readonly requests: number;
  readonly bytes: number;
}

function openStreams({ index, file, headBytes }: Received<PatchIndex>): Streams {
  let start = headBytes;
  const [plan, control, diff, extra] = patchStreams.map((name) => {
    const [storedBytes, rawBytes] = index.streams[name];
    const reader = openStream({ name, file, start, storedBytes, rawBytes });
    start += storedBytes;
    return reader;
  }) as [StreamReader, StreamReader, StreamReader, StreamReader];
  return { plan, control, diff, extra };
}

async function scriptOf(plan: StreamReader, { scriptBytes, deb }: PatchIndex): Promise<PlacedStep[]> {
  const pieces: Buffer[] = [];
  await pipeBytes(plan, scriptBytes, (piece) => pieces.push(Buffer.from(piece)));
  return readScript(Buffer.concat(pieces), deb.sizeBytes);
}

/** The steps whose installed file is missing or has other bytes than the patch was made for. */
function differing(steps: readonly PlacedStep[], oldFiles: OldFiles, memory: FileMemory): Set<PlacedStep> {
  const found = new Set<PlacedStep>();
  for (const placed of steps) {
    const step = baseStep(placed.step);
    if (step === undefined) continue;
    const [, path, sizeBytes, digest] = step;
    const file = openOldFile(oldFiles(path), sizeBytes, memory);
    if (file?.digest() !== digest) found.add(placed);
    file?.close();
  }
  return found;
}

interface Rebuild {
  readonly streams: Streams;
  readonly oldFiles: OldFiles;
  readonly memory: FileMemory;
  readonly differs: ReadonlySet<PlacedStep>;
  readonly fallback: Fallback | undefined;
  readonly writer: DebWriter;
}

/** Opens what a step reads; it was there and right a moment ago. */
function openBase(step: BaseStep, { oldFiles, memory }: Rebuild) {
  const file = openOldFile(oldFiles(step[1]), step[2], memory);
  if (file === undefined) throw packError('AGENT_PATCH_NO_PACK', { count: 1, path: step[1] });
  return file;
}

async function applyBase(step: BaseStep, placed: PlacedStep, rebuild: Rebuild): Promise<void> {
  const { streams, differs, fallback, writer } = rebuild;
  const push = (piece: Buffer) => writer.push(piece);
  if (differs.has(placed)) {
    fallback?.copy(placed.at, placed.length, push);
    const skipped = step[0] === 'z' ? step[5] : placed.length;
    if (step[0] !== 's') await applyBsdiff(streams, skipped, undefined, push);
    return;
  }
  const file = openBase(step, rebuild);
  try {
    if (step[0] === 'b') await applyBsdiff(streams, placed.length, { file, sizeBytes: step[2] }, push);
    else if (step[0] === 'z') await applyGzipped(streams, [step[2], step[4], step[5]], file, push);
    else
      for (let at = 0; at < placed.length; ) {
        const piece = file.read(at, placed.length - at);
        push(piece);
        at += piece.length;
      }
  } finally {
    file.close();
  }
}

async function applySteps(steps: readonly PlacedStep[], rebuild: Rebuild): Promise<void> {
  const { streams, writer } = rebuild;
  const push = (piece: Buffer) => writer.push(piece);
  for (const placed of steps) {
    const { step } = placed;
    if (typeof step === 'number') await pipeBytes(streams.plan, step, push);
    else if (step[0] === 'w') await pipeBytes(streams.extra, step[1], push);
    else await applyBase(step, placed, rebuild);
  }
  for (const reader of Object.values(streams)) await reader.finish();
}

async function fallBack(
  index: PatchIndex,
  differs: ReadonlySet<PlacedStep>,
  pack: PackSource | undefined,
  file: string,
): Promise<Fallback | undefined> {
  const [first] = [...differs].filter(({ length }) => length > 0);
  if (first === undefined) return undefined;
  const path = baseStep(first.step)?.[1] ?? '';
  if (pack === undefined) throw packError('AGENT_PATCH_NO_PACK', { count: differs.size, path });
  return openFallback(index, [...differs], pack, file);
}

/**
 * Writes the canonical `.deb` of a received patch to `target`, whole and checked or not at all: each file from the installed
 * one, or from `pack` where that one is not what the patch was made for.
 * @throws AGENT_PATCH_NO_PACK, AGENT_PATCH_MALFORMED, AGENT_PACK_UNREADABLE, AGENT_PACK_RESULT_MISMATCH,
 * AGENT_PACK_NO_ROOM, AGENT_PACK_FRAME_MISMATCH, AGENT_PACK_INCOMPLETE
 */
export async function rebuildFromPatch(
  received: Received<PatchIndex>,
  oldFiles: OldFiles,
  pack: PackSource | undefined,
  target: string,
): Promise<PatchOutcome> {
  const { index } = received;
  const streams = openStreams(received);
  const memory = fileMemory();
  let fallback: Fallback | undefined;
  let writer: DebWriter | undefined;
  try {
    const steps = await scriptOf(streams.plan, index);
    const differs = differing(steps, oldFiles, memory);
    fallback = await fallBack(index, differs, pack, `${target}.frames`);
    writer = openDebWriter(target, index.deb);
    await applySteps(steps, { streams, oldFiles, memory, differs, fallback, writer });
    writer.finish();
    const differed = [...differs].map(({ step }) => baseStep(step)?.[1] ?? '');
    return { differed, requests: fallback?.requests ?? 0, bytes: fallback?.bytes ?? 0 };
  } finally {
    writer?.close();
    fallback?.close();
    for (const reader of Object.values(streams)) reader.close();
  }
}
