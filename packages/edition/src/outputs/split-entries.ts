import { createHash } from 'node:crypto';
import type { TreeEntry } from '../tree/index.ts';

const leastBytes = 1024 * 1024;
const mostBytes = 16 * 1024 * 1024;
/** One path in so many may end a frame once it is large enough. */
const boundaryOdds = 32;

function endsFrame(path: string): boolean {
  return createHash('sha256').update(path).digest().readUInt16BE(0) % boundaryOdds === 0;
}

/**
 * Splits path-sorted entries into runs by their paths and sizes only, so that a changed file changes one run: the
 * boundaries after it find their old places again.
 */
export function splitEntries(entries: readonly TreeEntry[]): TreeEntry[][] {
  const frames: TreeEntry[][] = [];
  let current: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    current.push(entry);
    bytes += 512 + (entry.sizeBytes ?? 0);
    if (bytes < leastBytes || (bytes < mostBytes && !endsFrame(entry.path))) continue;
    frames.push(current);
    current = [];
    bytes = 0;
  }
  if (current.length > 0) frames.push(current);
  return frames;
}
