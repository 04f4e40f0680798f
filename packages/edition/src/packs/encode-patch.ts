import { type FileHandle, open } from 'node:fs/promises';
import { type PackIndex, type PatchIndex, type PatchStep, packLimits } from '@imprint/protocol';
import { guardSpace } from '../store/index.ts';
import { type Body, bodiesOf } from './bodies.ts';
import { type Change, diffFiles, type FileDiff, staysInside } from './bsdiff.ts';
import { type CanonicalPackage, readAt } from './canonical-deb.ts';
import { brotli, type EncodedPack, inWorkspace, writeContainer } from './container.ts';
import { packError } from './errors.ts';
import { unpackGzipped } from './gzipped.ts';
import { pairFiles } from './pair-files.ts';
import { openStreams, type PatchStreams, storedFrames, storeStreams } from './patch-streams.ts';
import { pushVarint, zigzag } from './varint.ts';

/** bsdiff needs up to 17 times a file's size in memory; larger ones travel whole. */
const bsdiffLimitBytes = 96 * 1024 * 1024;
const batchBytes = 64 * 1024 * 1024;
/** Only to choose by: the streams are compressed together, and thoroughly. */
const guessQuality = 5;
const digestDigits = 16;

/** How one file of the new version comes about. */
type Choice =
  | { readonly kind: 'whole'; readonly after: Buffer }
  | { readonly kind: 'same'; readonly base: Body }
  | { readonly kind: 'bsdiff'; readonly base: Body; readonly diff: FileDiff; readonly plainBytes?: number };

function controlBytes({ triples }: FileDiff): Buffer {
  const bytes: number[] = [];
  for (const { add, insert, seek } of triples) {
    pushVarint(bytes, add);
    pushVarint(bytes, insert);
    pushVarint(bytes, zigzag(seek));
  }
  return Buffer.from(bytes);
}

/** The smaller of both, where a patch saves at least a tenth: it costs the device reading and hashing the old file. */
async function smallest({ base, after, change, isPlain }: Changed, diff: FileDiff): Promise<Choice> {
  if (!staysInside(diff, change.before.length)) return { kind: 'whole', after };
  const guess = async (bytes: Uint8Array) => (await brotli(bytes, guessQuality)).length;
  const patched = await guess(Buffer.concat([controlBytes(diff), diff.diff, diff.extra]));
  if (patched >= 0.9 * (await guess(after))) return { kind: 'whole', after };
  return { kind: 'bsdiff', base, diff, ...(isPlain ? { plainBytes: change.after.length } : {}) };
}

/** A file that changed, and what of it is compared: its bytes, or what they hold where gzip packed both. */
interface Changed {
  readonly base: Body;
  readonly after: Buffer;
  readonly change: Change;
  readonly isPlain: boolean;
}

async function changeOf(base: Body, body: Body, { from, to }: Encoding): Promise<Changed> {
  const [before, after] = [await bytesOf(from, base), await bytesOf(to, body)];
  const isSmall = Math.max(before.length, after.length) <= packLimits.gzipped;
  const plain = isSmall && body.path.endsWith('.gz') ? await unpackGzipped(before, after) : undefined;
  return { base, after, change: plain ?? { before, after }, isPlain: plain !== undefined };
}

interface Encoding {
  readonly from: FileHandle;
  readonly to: FileHandle;
  readonly pairs: ReadonlyMap<Body, Body>;
  readonly workspace: string;
  readonly streams: PatchStreams;
}

const bytesOf = (handle: FileHandle, { offset, sizeBytes }: Body) => readAt(handle, offset, sizeBytes);

async function chooseFor(bodies: readonly Body[], encoding: Encoding): Promise<Choice[]> {
  const { to, pairs, workspace } = encoding;
  const isLarge = (...sizes: number[]) => Math.max(...sizes) > bsdiffLimitBytes;
  const changed: Changed[] = [];
  const pending: (() => Promise<Choice>)[] = [];
  let diffs: readonly FileDiff[] = [];
  for (const body of bodies) {
    const base = pairs.get(body);
    if (base?.sha256 === body.sha256) {
      pending.push(async () => ({ kind: 'same', base }));
    } else if (base === undefined || isLarge(base.sizeBytes, body.sizeBytes)) {
      pending.push(async () => ({ kind: 'whole', after: await bytesOf(to, body) }));
    } else {
      const found = await changeOf(base, body, encoding);
      const place = changed.push(found) - 1;
      pending.push(async () => {
        const diff = diffs[place];
        if (diff === undefined) throw new TypeError('expected a diff for each change');
        return smallest(found, diff);
      });
    }
  }
  diffs = await diffFiles(
    changed.map(({ change }) => change),
    workspace,
  );
  const choices: Choice[] = [];
  for (const choose of pending) choices.push(await choose());
  return choices;
}

const baseOf = ({ path, sizeBytes, sha256 }: Body) =>
  [path, sizeBytes, sha256.slice(0, digestDigits)] as const;

async function writeChoice(choice: Choice, body: Body, streams: PatchStreams): Promise<PatchStep> {
  if (choice.kind === 'same') return ['s', ...baseOf(choice.base)];
  if (choice.kind === 'whole') {
    await streams.append('extra', choice.after);
    return ['w', body.sizeBytes];
  }
  await streams.append('control', controlBytes(choice.diff));
  await streams.append('diff', choice.diff.diff);
  await streams.append('extra', choice.diff.extra);
  const made = [...baseOf(choice.base), body.sizeBytes] as const;
  return choice.plainBytes === undefined ? ['b', ...made] : ['z', ...made, choice.plainBytes];
}

function* batchesOf(bodies: readonly Body[]): Generator<Body[]> {
  let batch: Body[] = [];
  let bytes = 0;
  for (const body of bodies) {
    batch.push(body);
    bytes += body.sizeBytes;
    if (bytes < batchBytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Writes all streams but the plan's, and gives the script and where the parts between the files lie. */
async function describe(bodies: readonly Body[], encoding: Encoding, debBytes: number) {
  const steps: PatchStep[] = [];
  const between: { readonly at: number; readonly length: number }[] = [];
  let at = 0;
  const gap = (end: number) => {
    if (end === at) return;
    steps.push(end - at);
    between.push({ at, length: end - at });
  };
  for (const batch of batchesOf(bodies)) {
    const choices = await chooseFor(batch, encoding);
    for (const [index, body] of batch.entries()) {
      const choice = choices[index];
      if (choice === undefined) throw new TypeError('expected a choice for each file');
      gap(body.offset);
      steps.push(await writeChoice(choice, body, encoding.streams));
      at = body.offset + body.sizeBytes;
    }
  }
  gap(debBytes);
  return { steps, between };
}

async function writePlan(
  script: Buffer,
  between: readonly { at: number; length: number }[],
  encoding: Encoding,
) {
  await encoding.streams.append('plan', script);
  for (const { at, length } of between)
    for (let done = 0; done < length; done += packLimits.rawFrame)
      await encoding.streams.append(
        'plan',
        await readAt(encoding.to, at + done, Math.min(packLimits.rawFrame, length - done)),
      );
}

async function encodeStreams(from: CanonicalPackage, to: CanonicalPackage, workspace: string) {
  const [before, after] = [await bodiesOf(from), await bodiesOf(to)];
  const handles = [await open(from.file, 'r'), await open(to.file, 'r')] as const;
  const streams = await openStreams(workspace);
  const pairs = pairFiles(before, after);
  const encoding = { from: handles[0], to: handles[1], pairs, workspace, streams };
  try {
    const { steps, between } = await describe(after, encoding, to.deb.sizeBytes);
    const script = Buffer.from(JSON.stringify(steps));
    await writePlan(script, between, encoding);
    return script.length;
  } finally {
    await streams.close();
    for (const handle of handles) await handle.close();
  }
}

/**
 * Encodes what leads from the installed files of one package version to the canonical `.deb` of another, each file by the
 * smallest of: as it is installed, by bsdiff (inside gzip where it was packed so), whole. What a device cannot patch it takes from `pack`.
 *
 * @throws PACK_NOT_OF_DEB, PACK_TOOL_ANSWER, EVIDENCE_TAR_MALFORMED, STORE_FULL, TOOL_MISSING, TOOL_FAILED
 */
export async function encodePatch(
  from: CanonicalPackage,
  to: CanonicalPackage,
  pack: EncodedPack<PackIndex>,
  directory: string,
): Promise<EncodedPack<PatchIndex>> {
  if (pack.reference.deb.sha256 !== to.deb.sha256)
    throw packError('PACK_NOT_OF_DEB', { expected: to.deb.sha256, got: pack.reference.deb.sha256 });
  return guardSpace(directory, to.package.name, () =>
    inWorkspace(directory, async (workspace) => {
      const scriptBytes = await encodeStreams(from, to, workspace);
      const { streams, frames } = await storeStreams(workspace);
      const { sha256, headBytes } = pack.reference;
      const index = {
        package: to.package,
        from: from.package,
        deb: to.deb,
        scriptBytes,
        streams,
        frames,
        pack: { sha256, headBytes, frames: pack.index.frames },
      };
      return writeContainer('patch', index, to.deb, storedFrames(workspace), { directory, workspace });
    }),
  );
}
