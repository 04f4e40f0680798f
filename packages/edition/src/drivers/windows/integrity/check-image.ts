import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { WindowsLock } from '@imprint/protocol';
import type { Agreement } from '../../../evidence/integrity/agreement.ts';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { ContentStore } from '../../../store/index.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { verifyWim } from '../tools/wimlib.ts';
import { classifyWim, type WimClassification } from './classify-wim.ts';
import { type BlobDifference, blobsOf, compareBlobs } from './compare-blobs.ts';
import { intendedEdits } from './intended-edits.ts';
import type { ImageEntry, ImageFile, WimFinding } from './model.ts';
import { type ReadBack, readBack } from './read-added.ts';
import { type KnownImage, otherParts, readImage, readKnownImage } from './read-image.ts';
import { checkHiveChanges, type ExplainedChange, type HiveFiles } from './registry-check.ts';

export interface ImageCheckInput {
  readonly lock: WindowsLock;
  readonly plan: WindowsBuildPlan;
  readonly base: ImageFile;
  readonly pressed: ImageFile;
  readonly method: 'in-place' | 'replaced';
  readonly hives: readonly HiveFiles[];
  readonly added: readonly {
    readonly path: string;
    readonly step: string;
    readonly sha256: string;
    readonly sizeBytes: number;
  }[];
  readonly agreement?: Agreement | undefined;
  /** False leaves level 2 to whoever compared the stored bytes with a base that was decompressed; true if not given. */
  readonly decompress?: boolean;
  readonly store: ContentStore;
  readonly cacheDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** All that comparing a pressed image with the vendor's shows. */
export interface ImageCheck {
  readonly base: KnownImage;
  readonly classification: WimClassification;
  readonly blobs: BlobDifference;
  readonly registry: readonly (HiveFiles & { readonly changes: readonly ExplainedChange[] })[];
  /** What the added files are, read back out of the image, by folded path. */
  readonly readBack: ReadonlyMap<string, ReadBack>;
}

/**
 * Compares a pressed image with the vendor's: first that its data is what its own table says (level 2), then every path
 * (level 1), every added file's bytes, and every registry value. Violations are in the classification.
 *
 * @throws WINDOWS_WIM_CORRUPT, WINDOWS_WIM_BLOB_MISSING and what reading a hive throws
 */
export async function checkImage(input: ImageCheckInput): Promise<ImageCheck> {
  const { lock, base: baseFile, pressed: pressedFile, signal } = input;
  if (input.decompress !== false)
    await verifyWim(pressedFile.file, { refs: otherParts(pressedFile), signal });
  const blobs = await compareBlobs(baseFile, pressedFile);
  const known = { key: imageKey(lock), origin: lock.image.name };
  const base = await readKnownImage(baseFile, known, input);
  const pressed = await readImage(pressedFile, signal);
  const paths = input.added.map(({ path }) => path);
  const contents = await readBack(pressedFile, pressed, paths, { workDir: input.cacheDir, signal });
  const { registry, violations, steps } = await checkRegistry(input, base.entries, pressed);
  const classification = classifyWim({
    ...{
      base: base.entries,
      pressed,
      origin: lock.image.name,
      method: input.method,
      agreement: input.agreement,
    },
    added: input.added.map((item) => ({
      ...item,
      observedSha256: contents.get(foldPath(item.path))?.sha256,
    })),
    hives: input.hives.map(({ name, path }) => ({ path, step: steps.get(name) ?? 'unknown' })),
  });
  const loose = await unusedBlobs(pressedFile, pressed);
  return {
    ...{ base, blobs, registry, readBack: contents },
    classification: withViolations(classification, [...violations, ...loose]),
  };
}

/** Names the vendor's image by the digests of its files. */
function imageKey({ image }: WindowsLock): string {
  return createHash('sha256')
    .update(image.parts.map(({ sha256 }) => sha256).join('\n'))
    .digest('hex');
}

async function checkRegistry(
  { hives, plan, store }: ImageCheckInput,
  base: readonly ImageEntry[],
  pressed: readonly ImageEntry[],
) {
  const intended = await intendedEdits(plan, store);
  const registry: (HiveFiles & { changes: readonly ExplainedChange[] })[] = [];
  const violations: WimFinding[] = [];
  const [before, after] = [contentByPath(base), contentByPath(pressed)];
  for (const files of hives) {
    const found = await checkHiveChanges(files, intended);
    registry.push({ ...files, changes: found.changes });
    violations.push(...found.violations);
    const isBound =
      before.get(foldPath(files.path)) === (await sha1OfFile(files.base)) &&
      after.get(foldPath(files.path)) === (await sha1OfFile(files.edited));
    if (!isBound)
      violations.push({ path: files.path, facets: ['content'], note: 'is not the hive that was compared' });
  }
  const steps = new Map(intended.map(({ hive, step }) => [hive, step]));
  return { registry, violations, steps };
}

const contentByPath = (entries: readonly ImageEntry[]) =>
  new Map(entries.map(({ path, sha1 }) => [foldPath(path), sha1]));

async function sha1OfFile(path: string): Promise<string> {
  return createHash('sha1')
    .update(await readFile(path))
    .digest('hex');
}

/** Content that ships in the file and that no path of the image names. */
async function unusedBlobs(file: ImageFile, pressed: readonly ImageEntry[]): Promise<WimFinding[]> {
  const used = new Set(pressed.flatMap(({ sha1, streams = {} }) => [sha1, ...Object.values(streams)]));
  return [...(await blobsOf(file))]
    .filter((sha1) => !used.has(sha1))
    .map((sha1) => ({ path: `blob:${sha1}`, facets: ['unplanned'], note: 'no path of the image has it' }));
}

/** Adds what the registry and the blob table show to what the paths show. */
function withViolations(classification: WimClassification, more: readonly WimFinding[]): WimClassification {
  const violations = [...classification.violations, ...more].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    ...classification,
    violations,
    counts: { ...classification.counts, violations: violations.length },
  };
}
