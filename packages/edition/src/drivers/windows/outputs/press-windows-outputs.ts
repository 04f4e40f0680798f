import { join } from 'node:path';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import { asStepFailure } from '../../../engine/step-failure.ts';
import type { PlannedOutput, WindowsOutputKind } from '../../../plan/model.ts';
import { beginStage } from '../../../progress.ts';
import { keptNames, type PressedImage } from '../press/kept-image.ts';
import { imageGuid } from '../press/press-key.ts';
import type { WindowsShop } from '../press/shop.ts';
import type { OutputPresser } from './context.ts';
import { findKeptFiles, type KeptFile, keepFiles } from './kept-files.ts';
import { pressEsd } from './press-esd.ts';
import { pressIso } from './press-iso.ts';
import { pressSwm } from './press-swm.ts';

type DerivedKind = Exclude<WindowsOutputKind, 'wim'>;

const presses: Readonly<Record<DerivedKind, OutputPresser>> = {
  swm: pressSwm,
  iso: pressIso,
  esd: pressEsd,
};

/** Names an output by the image, the options and the programs that make its bytes. */
function outputKey(shop: WindowsShop, image: PressedImage, output: PlannedOutput<WindowsOutputKind>): string {
  const { kind, version, fileName, options } = output;
  const { wimlib, xorriso } = shop.tools;
  const fromMedium =
    kind === 'iso'
      ? { medium: shop.lock.image.medium?.sha256 ?? null, xorriso: xorriso ?? null, guid: imageGuid(shop) }
      : {};
  const made = {
    schema: 'imprint/windows-output/v1',
    image: image.record.digests.sha256,
    sourceDateEpoch: shop.plan.sourceDateEpoch,
    wimlib: wimlib ?? null,
    ...{ kind, version, fileName, options, ...fromMedium },
  };
  return sha256Hex(canonicalJson(made));
}

async function pressDerived(
  shop: WindowsShop,
  image: PressedImage,
  output: PlannedOutput<WindowsOutputKind>,
  kind: DerivedKind,
): Promise<readonly KeptFile[]> {
  const key = outputKey(shop, image, output);
  const kept = await findKeptFiles(shop.home, key);
  if (kept !== undefined) {
    const sizeBytes = kept.reduce((sum, [record]) => sum + record.sizeBytes, 0);
    shop.report({ at: new Date().toISOString(), stage: kind, kind: 'cached', sizeBytes });
    return kept;
  }
  const stage = beginStage(shop.report, kind);
  const wim = join(image.directory, keptNames.wim);
  try {
    const files = await keepFiles(shop.home, { key, kind }, (directory) =>
      presses[kind]({ shop, wim, output, directory, stage }),
    );
    stage.finish({ sizeBytes: files.reduce((sum, [record]) => sum + record.sizeBytes, 0) });
    return files;
  } catch (error) {
    throw asStepFailure(error, kind, shop.home);
  }
}

/** Presses the plan's outputs one after another; the image is pressed already. Returns each file with where it is kept. */
export async function pressWindowsOutputs(
  shop: WindowsShop,
  image: PressedImage,
): Promise<readonly KeptFile[]> {
  const { sizeBytes, digests } = image.record;
  const files: KeptFile[] = [];
  for (const output of shop.plan.outputs) {
    const { kind, fileName } = output;
    if (kind === 'wim')
      files.push([{ kind, name: fileName, digests, sizeBytes }, join(image.directory, keptNames.wim)]);
    else files.push(...(await pressDerived(shop, image, output, kind)));
  }
  return files;
}
