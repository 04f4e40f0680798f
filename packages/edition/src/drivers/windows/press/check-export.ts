import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { sha256OfFile } from '../../../store/index.ts';
import { extractFiles, verifyWim } from '../tools/wimlib.ts';
import { filesOf } from './base-image.ts';
import { compareExport } from './compare-export.ts';
import type { EditedHive } from './edit-hives.ts';
import { windowsPressError } from './errors.ts';
import { reportFraction } from './report-fraction.ts';
import type { WindowsShop } from './shop.ts';
import type { AddedFile } from './stage-files.ts';

/** Reads back what the edition put into the image; extraction compares it with the image's digests, this with ours. */
async function checkOwnFiles(
  { work, signal }: WindowsShop,
  wim: string,
  own: readonly { readonly path: string; readonly sha256: string }[],
): Promise<void> {
  const directory = join(work, 'read-back');
  await extractFiles(
    wim,
    1,
    own.map(({ path }) => path),
    directory,
    { signal },
  );
  for (const { path, sha256 } of own) {
    const found = await sha256OfFile(join(directory, path));
    if (found.sha256 === sha256) continue;
    const problem = `${path} reads back with sha256 ${found.sha256} instead of ${sha256}`;
    throw windowsPressError('WINDOWS_PRESS_EXPORT_DIFFERS', { problem });
  }
  await rm(directory, { recursive: true, force: true });
}

/**
 * Checks a pressed image: the vendor's data is the verified base's, byte by byte as stored, and what the edition added
 * reads back as staged. Blobs that were compressed anew have the whole image decompressed.
 *
 * @throws WINDOWS_PRESS_EXPORT_DIFFERS, WINDOWS_WIM_CORRUPT
 */
export async function checkExport(
  shop: WindowsShop,
  wim: string,
  { added, hives }: { readonly added: readonly AddedFile[]; readonly hives: readonly EditedHive[] },
): Promise<void> {
  const stage = beginStage(shop.report, 'check-image');
  const { rewritten } = await compareExport(filesOf(shop.base), wim, shop.signal);
  if (rewritten.length > 0) await verifyWim(wim, { signal: shop.signal, onProgress: reportFraction(stage) });
  const edited = hives.filter(({ isChanged }) => isChanged);
  const own = [
    ...added.map(({ path, sha256 }) => ({ path, sha256 })),
    ...(await Promise.all(
      edited.map(async ({ path, edited: file }) => ({ path, sha256: (await sha256OfFile(file)).sha256 })),
    )),
  ];
  if (own.length > 0) await checkOwnFiles(shop, wim, own);
  stage.finish({ done: own.length, unit: 'files' });
}
