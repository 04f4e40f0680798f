import { wimError } from './errors.ts';
import { readWimHeader } from './read-header.ts';
import { withWim } from './wim-file.ts';

/**
 * Reads the headers of a split set's files and returns the files in the order of their parts.
 *
 * @throws WINDOWS_WIM_PARTS_MISSING when parts are absent, doubled or of another set
 */
export async function readSplitSet(paths: readonly string[]): Promise<readonly string[]> {
  const read = async (path: string) => ({ path, header: await withWim(path, readWimHeader) });
  const all = await Promise.all(paths.map(read));
  const [first] = all;
  if (first === undefined) throw new RangeError('a split set has at least one file');
  const { guid, parts } = first.header;
  const own = all.filter(({ header }) => header.guid === guid).sort((a, b) => a.header.part - b.header.part);
  const found = own.map(({ header }) => header.part);
  if (own.length !== all.length || found.length !== parts || found.some((part, i) => part !== i + 1))
    throw wimError('WINDOWS_WIM_PARTS_MISSING', { file: first.path, parts, found: found.join(', ') });
  return own.map(({ path }) => path);
}
