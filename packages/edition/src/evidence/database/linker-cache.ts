import type { RecordComparison } from './model.ts';

const magic = 'glibc-ld.so.cache1.1';
const headerBytes = 48;
const entryBytes = 24;

/**
 * The libraries a linker cache names: `soname flags hwcap` → path. Source: glibc sysdeps/generic/dl-cache.h,
 * `struct cache_file_new`; offsets count from the magic.
 */
export function parseLinkerCache(file: Buffer): Map<string, string> | undefined {
  const start = file.indexOf(magic);
  if (start < 0 || file.length < start + headerBytes) return undefined;
  const cache = file.subarray(start);
  const count = cache.readUInt32LE(20);
  if (cache.length < headerBytes + count * entryBytes) return undefined;
  const text = (offset: number) => cache.toString('utf8', offset, Math.max(offset, cache.indexOf(0, offset)));
  const found = new Map<string, string>();
  for (let at = headerBytes; at < headerBytes + count * entryBytes; at += entryBytes) {
    const key = `${text(cache.readUInt32LE(at + 4))} ${cache.readInt32LE(at)} ${cache.readBigUInt64LE(at + 16)}`;
    const earlier = found.get(key);
    const path = text(cache.readUInt32LE(at + 8));
    found.set(key, earlier === undefined ? path : `${earlier}\n${path}`);
  }
  return found;
}

/** The linker still finds each of upstream's libraries where it did; further ones are files the edition brings. */
export const compareLinkerCache: RecordComparison = (core, edition, { isOverlay }) => {
  const [before, after] = [parseLinkerCache(core), parseLinkerCache(edition)];
  if (before === undefined || after === undefined) return ['not a linker cache'];
  const problems: string[] = [];
  for (const [key, path] of before)
    if (after.get(key) !== path) problems.push(`${key.split(' ')[0]} changed`);
  for (const [key, path] of after)
    if (!before.has(key) && !path.split('\n').every(isOverlay))
      problems.push(`${key.split(' ')[0]} not of the edition`);
  return problems;
};
