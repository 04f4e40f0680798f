import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { WimHeader } from '../formats/wim/read-header.ts';
import { readSplitSet } from '../formats/wim/read-split-set.ts';
import { windowsLockError } from './errors.ts';

/** Names of a set's parts: `install.swm`, `install2.swm` and so on, as DISM and wimlib write them. */
function partNames(file: string, { part, parts }: WimHeader): string[] {
  const extension = extname(file);
  const stem = basename(file, extension);
  const first = part > 1 && stem.endsWith(String(part)) ? stem.slice(0, -String(part).length) : stem;
  return Array.from({ length: parts }, (_, i) => `${first}${i === 0 ? '' : i + 1}${extension}`);
}

/**
 * Finds every part of a split set beside one of them, in order. Links do not count: a set is one directory's files.
 *
 * @throws WINDOWS_LOCK_PARTS_MISSING with their names, WINDOWS_WIM_PARTS_MISSING when a part is of another set
 */
export async function findSplitSet(file: string, header: WimHeader): Promise<readonly string[]> {
  const entries = await readdir(dirname(file), { withFileTypes: true });
  const files = new Map(
    entries.filter((entry) => entry.isFile()).map(({ name }) => [name.toLowerCase(), name]),
  );
  const names = partNames(file, header);
  const missing = names.filter((name) => !files.has(name.toLowerCase()));
  if (missing.length > 0) {
    const params = { file: basename(file), parts: header.parts, missing: missing.slice(0, 20).join(', ') };
    throw windowsLockError('WINDOWS_LOCK_PARTS_MISSING', params);
  }
  return readSplitSet(names.map((name) => join(dirname(file), files.get(name.toLowerCase()) ?? name)));
}
