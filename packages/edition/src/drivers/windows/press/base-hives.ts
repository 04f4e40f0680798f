import { chmod, copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import type { HiveName } from '../model.ts';
import { extractFiles } from '../tools/wimlib.ts';
import { refsOf } from './base-image.ts';
import { imageCache } from './base-index.ts';
import type { WindowsShop } from './shop.ts';

async function extractHives(
  shop: WindowsShop,
  wanted: ReadonlyMap<HiveName, string>,
  directory: string,
): Promise<void> {
  const { base, work, signal } = shop;
  const out = join(work, 'hives-out');
  const temporary = `${directory}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await extractFiles(base.file, base.index, [...wanted.values()], out, { refs: refsOf(base), signal });
  for (const [name, path] of wanted) {
    await copyFile(join(out, path), join(temporary, name));
    await chmod(join(temporary, name), 0o444);
  }
  await runTool(['sync', '--file-system', temporary]);
  await mkdir(directory, { recursive: true });
  for (const name of wanted.keys()) await rename(join(temporary, name), join(directory, name));
  await syncDirectory(directory);
  await rm(temporary, { recursive: true });
}

/**
 * Extracts hives of the base image, once for each image, and returns where they are. Extraction compares them with the
 * image's digests.
 *
 * @param spelled where each wanted hive lies, as the image spells it
 */
export async function baseHives(
  shop: WindowsShop,
  spelled: ReadonlyMap<HiveName, string>,
): Promise<ReadonlyMap<HiveName, string>> {
  const directory = join(imageCache(shop), 'hives');
  const isKept = async (name: HiveName) =>
    (await stat(join(directory, name)).catch(() => undefined)) !== undefined;
  const missing = new Map<HiveName, string>();
  for (const [name, path] of spelled) if (!(await isKept(name))) missing.set(name, path);
  if (missing.size > 0) await extractHives(shop, missing, directory);
  return new Map([...spelled.keys()].map((name) => [name, join(directory, name)]));
}
