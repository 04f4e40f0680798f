import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { exportImage, updateImage } from '../tools/wimlib.ts';
import { filesOf } from './base-image.ts';
import { type BaseIndex, baseIndex } from './base-index.ts';
import { checkExport } from './check-export.ts';
import { type EditedHive, editHives } from './edit-hives.ts';
import { hashInThreads } from './hash-in-threads.ts';
import { keepDirectory } from './keep-directory.ts';
import { findKeptImage, type ImageRecord, keptNames, type PressedImage } from './kept-image.ts';
import { payloadWims } from './payload-cache.ts';
import { pinGuid, pinModificationTime } from './pin-image.ts';
import { placeHives } from './place-hives.ts';
import { imageGuid, pressKey } from './press-key.ts';
import { reportFraction } from './report-fraction.ts';
import type { WindowsShop } from './shop.ts';
import { dropBorrowed, writeSkeleton } from './skeleton.ts';
import { catalogSigner } from './stage-catalog.ts';
import { pinStagedTimes, type StagedFiles, stageFiles } from './stage-files.ts';
import { verifyBase } from './verify-base.ts';

/** Sorts the skeleton's blobs behind the vendor's in an export, which orders files by their GUID. */
const skeletonGuid = 'ffffffff-ffff-8fff-bfff-ffffffffffff';

interface Edits {
  readonly staged: StagedFiles;
  readonly hives: readonly EditedHive[];
  /** WIMs with what is added, compressed already. */
  readonly payloads: readonly string[];
}

/** Makes the edits on a WIM without the vendor's data; what comes out is the edition as a delta to the base. */
async function editSkeleton(
  shop: WindowsShop,
  index: BaseIndex,
  { staged, hives, payloads }: Edits,
): Promise<string> {
  const { base, plan, signal } = shop;
  const stage = beginStage(shop.report, 'edit');
  const skeleton = join(shop.work, 'edition.wim');
  const sha1s = hives.map(({ path }) => index.get(foldPath(path))?.sha1);
  const carried = new Set(sha1s.filter((sha1) => sha1 !== undefined));
  await writeSkeleton({ parts: filesOf(base), index: base.index, carried, payloads }, skeleton);
  await pinStagedTimes(staged, plan.sourceDateEpoch);
  if (staged.updates.length > 0) await updateImage(skeleton, 1, staged.updates, { signal });
  await placeHives(shop, skeleton, hives);
  await pinModificationTime(skeleton, plan.sourceDateEpoch, signal);
  await pinGuid(skeleton, skeletonGuid);
  await dropBorrowed(skeleton);
  stage.finish({ done: staged.added.length + hives.length, unit: 'files' });
  return skeleton;
}

/** Writes the whole image in one pass over the vendor's data and the payloads. */
async function exportEdition(
  shop: WindowsShop,
  { skeleton, payloads }: { readonly skeleton: string; readonly payloads: readonly string[] },
  out: string,
): Promise<void> {
  const stage = beginStage(shop.report, 'image');
  const refs = [...filesOf(shop.base), ...payloads];
  await exportImage(skeleton, 1, out, { refs, signal: shop.signal, onProgress: reportFraction(stage) });
  await pinGuid(out, imageGuid(shop));
  stage.finish({ sizeBytes: (await stat(out)).size });
}

/** Checks the image; if it is wrong, no later press takes what this one took from the cache. */
async function checkImage(shop: WindowsShop, wim: string, { staged, hives, payloads }: Edits): Promise<void> {
  try {
    await checkExport(shop, wim, { added: staged.added, hives });
  } catch (error) {
    for (const payload of payloads) await rm(payload, { force: true });
    throw error;
  }
}

async function hashImage({ report }: WindowsShop, wim: string) {
  const stage = beginStage(report, 'hash');
  const hashed = await hashInThreads(wim);
  stage.finish({ sizeBytes: hashed.sizeBytes });
  return hashed;
}

async function makeImage(shop: WindowsShop, directory: string): Promise<ImageRecord> {
  const signer = await catalogSigner(shop);
  await verifyBase(shop);
  const index = await baseIndex(shop);
  const hives = await editHives(shop, index, join(directory, keptNames.hives));
  const staged = await stageFiles(shop, index, signer);
  const payloads = await payloadWims(shop, staged.added);
  const edits = { staged, hives, payloads };
  const skeleton = await editSkeleton(shop, index, edits);
  const wim = join(directory, keptNames.wim);
  await exportEdition(shop, { skeleton, payloads }, wim);
  const [{ sha256, sm3, sizeBytes }] = await Promise.all([
    hashImage(shop, wim),
    checkImage(shop, wim, edits),
  ]);
  if (staged.catalog !== undefined)
    await writeFileDurably(join(directory, keptNames.catalog), staged.catalog.bytes);
  return {
    sizeBytes,
    digests: { sha256, sm3 },
    method: shop.method,
    hives: hives.map(({ name, path }) => ({ name, path })),
    added: staged.added.map(({ from: _, ...file }) => file),
    ...(staged.catalog === undefined ? {} : { catalog: { signed: staged.catalog.signed } }),
  };
}

/**
 * Presses the edition's image, or finds the one that an earlier build pressed from the same inputs. A killed press
 * leaves nothing that a later one would take for whole.
 *
 * @throws WINDOWS_PRESS_*, WINDOWS_HIVE_*, WINDOWS_WIM_*, WINDOWS_TOOL_*, WINDOWS_SIGNATURE_*, STORE_*
 */
export async function pressImage(shop: WindowsShop): Promise<PressedImage> {
  const key = pressKey(shop);
  const outputs = join(shop.home, 'outputs');
  const kept = await findKeptImage(join(outputs, key));
  if (kept !== undefined) {
    const { sizeBytes } = kept.record;
    shop.report({ at: new Date().toISOString(), stage: 'image', kind: 'cached', sizeBytes });
    return kept;
  }
  const record = await keepDirectory(outputs, key, async (directory) => {
    const made = await makeImage(shop, directory);
    await runTool(['sync', join(directory, keptNames.wim)], { signal: shop.signal });
    await writeFileDurably(join(directory, keptNames.record), `${JSON.stringify(made)}\n`);
    return made;
  });
  return { directory: join(outputs, key), record };
}
