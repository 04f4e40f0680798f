import type { Presser } from './press-context.ts';

/**
 * Presses the tree as a squashfs with zstd. Extended attributes are kept; mksquashfs takes the file system's time
 * from SOURCE_DATE_EPOCH and sorts what it reads.
 */
export const pressSquashfs: Presser = async ({ tools, tree, out }, output) => {
  const compression = ['-comp', 'zstd', '-Xcompression-level', String(output.options.level)];
  const plain = ['-noappend', '-no-progress', '-quiet', '-xattrs'];
  await tools.run(['mksquashfs', tree, `${out}/${output.fileName}`, ...compression, ...plain]);
};
