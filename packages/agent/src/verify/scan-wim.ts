import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WimIntegrityEntry } from '@imprint/protocol';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';
import type { Difference, Finding, ScanOptions, ScanResult } from './scan.ts';

const progressEvery = 256;

/** Finds the place of a path whose letters' case the file system may have kept otherwise, as Windows itself does. */
function openPlaces(root: string): (path: string) => string {
  const folders = new Map<string, ReadonlyMap<string, string>>();
  const namesIn = (folder: string): ReadonlyMap<string, string> => {
    let names = folders.get(folder);
    if (names === undefined) {
      names = listed(folder);
      folders.set(folder, names);
    }
    return names;
  };
  return (path) => {
    const exact = join(root, path);
    if (lstatSync(exact, { throwIfNoEntry: false }) !== undefined) return exact;
    return path
      .split('/')
      .filter((part) => part !== '')
      .reduce((folder, part) => join(folder, namesIn(folder).get(part.toLowerCase()) ?? part), root);
  };
}

function listed(folder: string): Map<string, string> {
  try {
    return new Map(readdirSync(folder).map((name) => [name.toLowerCase(), name]));
  } catch {
    return new Map();
  }
}

function compare(
  entry: WimIntegrityEntry,
  path: string,
  buffer: Buffer,
): { differences: Difference[]; bytes: number } {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { differences: ['missing'], bytes: 0 };
  // A reparse point is a link to some programs and a file to others; that it is there is all that is said of it.
  if (entry.type === 'reparse') return { differences: [], bytes: 0 };
  const type = stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
  if (type !== entry.type) return { differences: ['type'], bytes: 0 };
  if (type === 'directory') return { differences: [], bytes: 0 };
  if (entry.sizeBytes !== undefined && stats.size !== entry.sizeBytes) {
    return { differences: ['content'], bytes: 0 };
  }
  const [algorithm, expected] =
    entry.sha256 === undefined ? (['sha1', entry.sha1] as const) : (['sha256', entry.sha256] as const);
  if (expected === undefined) return { differences: stats.size === 0 ? [] : ['content'], bytes: 0 };
  const { digest, size } = fileDigest(path, algorithm, buffer);
  return { differences: digest === expected ? [] : ['content'], bytes: size };
}

function compareSafely(entry: WimIntegrityEntry, path: string, buffer: Buffer) {
  try {
    return compare(entry, path, buffer);
  } catch (error) {
    const code = systemCode(error);
    const gone = code === 'ENOENT' || code === 'ENOTDIR';
    return { differences: [gone ? 'missing' : 'unreadable'] as Difference[], bytes: 0 };
  }
}

/**
 * Compares a Windows root with a signed manifest: type, size and content of every entry that is not volatile, by SHA-1,
 * which is what the image format has, or by SHA-256 where the edition wrote the file. Paths the manifest does not name
 * are not looked for: a running Windows makes files of its own everywhere.
 */
export function scanWimRoot(entries: readonly WimIntegrityEntry[], options: ScanOptions): ScanResult {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const placeOf = openPlaces(options.root);
  const findings: Finding[] = [];
  let [checked, skipped, bytes] = [0, 0, 0];
  for (const [index, entry] of entries.entries()) {
    if (index % progressEvery === 0) options.onProgress?.(index, entries.length, bytes);
    if (entry.volatile === true) {
      skipped += 1;
      continue;
    }
    checked += 1;
    const result = compareSafely(entry, placeOf(entry.path), buffer);
    bytes += result.bytes;
    if (result.differences.length > 0) {
      findings.push({ path: entry.path, class: entry.class, differences: result.differences });
    }
  }
  options.onProgress?.(entries.length, entries.length, bytes);
  const notCompared = [
    'attributes',
    'access lists',
    'named streams',
    'short names',
    'hard links',
    'extra files',
  ];
  return { checked, skipped, bytes, findings, notCompared };
}
