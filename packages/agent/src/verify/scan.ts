import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileClass, IntegrityEntry } from '@imprint/protocol';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';

export type Difference = 'type' | 'mode' | 'owner' | 'link' | 'content' | 'missing' | 'extra' | 'unreadable';

/** One path that is not what the signed manifest says. */
export interface Finding {
  readonly path: string;
  readonly class: FileClass;
  readonly differences: readonly Difference[];
}

export interface ScanResult {
  readonly checked: number;
  readonly skipped: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** What of each path this device does not look at. */
  readonly notCompared: readonly string[];
}

export interface ScanOptions {
  readonly root: string;
  readonly onProgress?: (done: number, total: number, bytes: number) => void;
}

const progressEvery = 256;

/** Subtrees where a path the manifest does not name is an intrusion; elsewhere a running system makes files of its own. */
const closedTrees = ['/usr', '/boot'];
/** Left to the device's administrator by the Filesystem Hierarchy Standard §4.9. */
const openTrees = ['/usr/local'];

const isWithin = (path: string, tree: string): boolean => path === tree || path.startsWith(`${tree}/`);
const isClosed = (path: string): boolean =>
  closedTrees.some((tree) => isWithin(path, tree)) && !openTrees.some((tree) => isWithin(path, tree));

function typeOf(stats: Stats): IntegrityEntry['type'] | 'socket' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

/** The directory below a mounted file system cannot be seen; what is seen is the mounted one's own top. */
const isMountPoint = (path: string, stats: Stats): boolean =>
  stats.isDirectory() && lstatSync(dirname(path)).dev !== stats.dev;

function statDifferences(entry: IntegrityEntry, path: string, stats: Stats): Difference[] {
  const found: Difference[] = [];
  // The mode of a symbolic link means nothing on Linux.
  if (entry.type !== 'symlink' && (stats.mode & 0o7777) !== entry.mode) found.push('mode');
  if (stats.uid !== entry.uid || stats.gid !== entry.gid) found.push('owner');
  return found.length > 0 && isMountPoint(path, stats) ? [] : found;
}

function compare(
  entry: IntegrityEntry,
  path: string,
  buffer: Buffer,
): { differences: Difference[]; bytes: number } {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { differences: ['missing'], bytes: 0 };
  if (typeOf(stats) !== entry.type) return { differences: ['type'], bytes: 0 };
  const differences = statDifferences(entry, path, stats);
  if (entry.type === 'symlink' && readlinkSync(path) !== entry.link) differences.push('link');
  if (entry.type !== 'file') return { differences, bytes: 0 };
  if (entry.sizeBytes !== undefined && stats.size !== entry.sizeBytes) {
    return { differences: [...differences, 'content'], bytes: 0 };
  }
  const { digest, size } = fileDigest(path, 'sha256', buffer);
  if (digest !== entry.sha256) differences.push('content');
  return { differences, bytes: size };
}

function compareSafely(entry: IntegrityEntry, path: string, buffer: Buffer) {
  try {
    return compare(entry, path, buffer);
  } catch (error) {
    const code = systemCode(error);
    const gone = code === 'ENOENT' || code === 'ENOTDIR';
    return { differences: [gone ? 'missing' : 'unreadable'] as Difference[], bytes: 0 };
  }
}

function extrasIn(directory: IntegrityEntry, root: string, known: ReadonlySet<string>): Finding[] {
  let names: string[];
  try {
    names = readdirSync(join(root, directory.path));
  } catch {
    return [];
  }
  return names
    .map((name) => join(directory.path, name))
    .filter((path) => !known.has(path) && isClosed(path))
    .map((path) => ({ path, class: directory.class, differences: ['extra'] as const }));
}

/**
 * Compares a root with a signed manifest: type, mode, owner, link target and content of every entry that is not
 * volatile, and paths under /usr and /boot that no entry names. Extended attributes are not compared. Synchronous on
 * purpose: thousands of small files cost more in promises than in reading.
 */
export function scanRoot(entries: readonly IntegrityEntry[], options: ScanOptions): ScanResult {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const known = new Set(entries.map(({ path }) => path));
  const findings: Finding[] = [];
  let [checked, skipped, bytes] = [0, 0, 0];
  for (const [index, entry] of entries.entries()) {
    if (index % progressEvery === 0) options.onProgress?.(index, entries.length, bytes);
    if (entry.volatile === true) {
      skipped += 1;
      continue;
    }
    checked += 1;
    const result = compareSafely(entry, join(options.root, entry.path), buffer);
    bytes += result.bytes;
    const { path } = entry;
    if (result.differences.length > 0)
      findings.push({ path, class: entry.class, differences: result.differences });
    const isThere = !result.differences.some(
      (difference) => difference === 'missing' || difference === 'type',
    );
    if (entry.type === 'directory' && isThere && isClosed(path)) {
      findings.push(...extrasIn(entry, options.root, known));
    }
  }
  options.onProgress?.(entries.length, entries.length, bytes);
  return { checked, skipped, bytes, findings, notCompared: ['extended attributes'] };
}
