import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { updateImage } from '../tools/wimlib.ts';
import { inMountedImage } from '../tools/wimlib-mount.ts';
import type { EditedHive } from './edit-hives.ts';
import type { WindowsShop } from './shop.ts';

/** Writes hives over their content in a mounted image, all in one mount: each commit compresses the metadata anew. */
async function writeInPlace(shop: WindowsShop, wim: string, hives: readonly EditedHive[]): Promise<void> {
  if (hives.length === 0) return;
  const { sourceDateEpoch: epoch } = shop.plan;
  const write = async (root: string) => {
    for (const { path, edited } of hives) {
      await writeFile(join(root, path), await readFile(edited));
      await utimes(join(root, path), epoch, epoch);
    }
  };
  const options = { signal: shop.signal, stagingDirectory: shop.work };
  await inMountedImage(wim, 1, join(shop.work, 'mounted'), write, options);
}

/** Puts hives in the place of files of the same name; they inherit owner and ACL and have no 8.3 name. */
async function replace(shop: WindowsShop, wim: string, hives: readonly EditedHive[]): Promise<void> {
  const { sourceDateEpoch: epoch } = shop.plan;
  for (const { edited } of hives) await utimes(edited, epoch, epoch);
  const updates = hives.map(({ path, edited }) => ({ kind: 'add', from: edited, to: path }) as const);
  if (updates.length > 0) await updateImage(wim, 1, updates, { signal: shop.signal });
}

/** Puts edited hives into the image, by the build's method; those that did not change stay as they are. */
export async function placeHives(
  shop: WindowsShop,
  wim: string,
  hives: readonly EditedHive[],
): Promise<void> {
  const changed = hives.filter(({ isChanged }) => isChanged);
  await (shop.method === 'in-place' ? writeInPlace : replace)(shop, wim, changed);
}
