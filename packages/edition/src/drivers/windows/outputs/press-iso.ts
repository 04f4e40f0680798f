import { link, lutimes, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { windowsPressError } from '../press/errors.ts';
import { pinGuid } from '../press/pin-image.ts';
import { imageGuid } from '../press/press-key.ts';
import type { WindowsShop } from '../press/shop.ts';
import { splitWim } from '../tools/wimlib.ts';
import { numberOption, type OutputContext, type OutputPresser, textOption } from './context.ts';
import { extractMedium, type MediumPlaces } from './extract-medium.ts';

const mebibyte = 1024 * 1024;
/** The BIOS boot program in sectors of 512 bytes. */
const biosLoadSectors = '8';

/** Puts the image where setup looks for it, in parts if it is too large for one file. Source: learn.microsoft.com, "Split a Windows image file (.wim)". */
async function placeImage({ shop, wim, output }: OutputContext, sources: string): Promise<void> {
  const partSizeMiB = numberOption(output, 'partSizeMiB');
  if ((await stat(wim)).size <= partSizeMiB * mebibyte) return link(wim, join(sources, 'install.wim'));
  const first = join(sources, 'install.swm');
  const parts = await splitWim(wim, first, partSizeMiB, { signal: shop.signal });
  for (const part of parts) await pinGuid(part, imageGuid(shop));
}

async function pinTimes(root: string, epochSeconds: number): Promise<void> {
  for (const path of await readdir(root, { recursive: true }))
    await lutimes(join(root, path), epochSeconds, epochSeconds);
  await lutimes(root, epochSeconds, epochSeconds);
}

/** Arguments of xorriso: one boot entry for BIOS, one for UEFI (`-e`; a second `-b` would say BIOS again). */
function isoArguments(tree: string, out: string, volumeId: string, { bios, uefi }: MediumPlaces): string[] {
  const biosEntry = ['-b', bios, '-no-emul-boot', '-boot-load-size', biosLoadSectors];
  const uefiEntry = ['-eltorito-alt-boot', '-e', uefi, '-no-emul-boot'];
  const names = ['-iso-level', '3', '-J', '-joliet-long', '-V', volumeId];
  return ['xorriso', '-as', 'mkisofs', ...names, ...biosEntry, ...uefiEntry, '-o', out, tree];
}

async function writeIso(
  { shop, output, stage }: OutputContext,
  tree: string,
  out: string,
  places: MediumPlaces,
) {
  const onLine = (line: string) => {
    const percent = /^xorriso : UPDATE :\s+([0-9.]+)% done/.exec(line)?.[1];
    if (percent !== undefined)
      stage.report({ kind: 'progress', done: Math.floor(Number(percent)), total: 100, note: 'writing' });
  };
  await runTool(isoArguments(tree, out, textOption(output, 'volumeId'), places), {
    env: { SOURCE_DATE_EPOCH: String(shop.plan.sourceDateEpoch) },
    onLine,
    signal: shop.signal,
  });
}

function mediumOf({ lock, store }: WindowsShop): { readonly file: string; readonly name: string } {
  const { medium, parts } = lock.image;
  if (medium !== undefined) return { file: store.path(medium.sha256), name: medium.name };
  const params = { medium: parts[0]?.name ?? '', expected: 'an ISO', got: 'an image without its medium' };
  throw windowsPressError('WINDOWS_PRESS_MEDIUM', params);
}

/**
 * Writes the vendor's medium anew with the edition's image in it, bootable by BIOS and UEFI.
 *
 * @throws WINDOWS_PRESS_MEDIUM, TOOL_FAILED
 */
export const pressIso: OutputPresser = async (context) => {
  const { shop, output, directory, stage } = context;
  const tree = join(directory, 'medium');
  await mkdir(tree);
  stage.report({ kind: 'progress', note: 'extracting the medium' });
  const places = await extractMedium(mediumOf(shop), tree, shop.signal);
  await placeImage(context, join(tree, places.sources));
  await pinTimes(tree, shop.plan.sourceDateEpoch);
  const out = join(directory, output.fileName);
  await writeIso(context, tree, out, places);
  await rm(tree, { recursive: true });
  return [out];
};
