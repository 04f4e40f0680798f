import { assertWimPath, foldPath } from '../formats/wim/wim-path.ts';
import type { BaseIndex } from './base-index.ts';
import { windowsPressError } from './errors.ts';

/** Where a new file goes: its path and the directories that it needs and the image lacks, outermost first. */
export interface Target {
  readonly path: string;
  readonly directories: readonly string[];
}

/**
 * Finds the place of a new file, its directories spelled as the image or an earlier file spells them.
 *
 * @throws WINDOWS_WIM_PATH, WINDOWS_PRESS_PATH_TAKEN, WINDOWS_PRESS_HARD_LINK, WINDOWS_PRESS_NOT_A_DIRECTORY
 */
export function targetOf(
  index: BaseIndex,
  made: Map<string, string>,
  { path, step }: { readonly path: string; readonly step: string },
): Target {
  assertWimPath(path);
  const taken = index.get(foldPath(path));
  if (taken !== undefined && taken.linkCount > 1)
    throw windowsPressError('WINDOWS_PRESS_HARD_LINK', { path: taken.path, step, links: taken.linkCount });
  if (taken !== undefined) throw windowsPressError('WINDOWS_PRESS_PATH_TAKEN', { path: taken.path, step });
  const names = path.slice(1).split('/');
  const last = names.pop() ?? '';
  const directories: string[] = [];
  let parent = '';
  for (const name of names) {
    const wanted = `${parent}/${name}`;
    const known = index.get(foldPath(wanted));
    if (known !== undefined && !known.isDirectory)
      throw windowsPressError('WINDOWS_PRESS_NOT_A_DIRECTORY', { parent: known.path, path, step });
    parent = known?.path ?? made.get(foldPath(wanted)) ?? wanted;
    if (known !== undefined || made.has(foldPath(wanted))) continue;
    made.set(foldPath(wanted), parent);
    directories.push(parent);
  }
  return { path: `${parent}/${last}`, directories };
}
