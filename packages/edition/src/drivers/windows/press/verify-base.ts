import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { verifyWim } from '../tools/wimlib.ts';
import { refsOf } from './base-image.ts';
import { imageCache } from './base-index.ts';
import { reportFraction } from './report-fraction.ts';
import type { WindowsShop } from './shop.ts';

/**
 * Decompresses the whole base once and compares it with its own digests. The store names its files by what they hold,
 * so that one success stands for all later builds.
 *
 * @throws WINDOWS_WIM_CORRUPT, WINDOWS_WIM_BLOB_MISSING
 */
export async function verifyBase(shop: WindowsShop): Promise<void> {
  const { base, report, signal, tools } = shop;
  const record = join(imageCache(shop), 'verified.json');
  const kept = await readFile(record).catch(() => undefined);
  if (kept !== undefined)
    return report({ at: new Date().toISOString(), stage: 'verify-base', kind: 'cached' });
  const stage = beginStage(report, 'verify-base');
  await verifyWim(base.file, { refs: refsOf(base), signal, onProgress: reportFraction(stage) });
  await writeFileDurably(record, `${JSON.stringify({ wimlib: tools.wimlib })}\n`);
  stage.finish();
}
