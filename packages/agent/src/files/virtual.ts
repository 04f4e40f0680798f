import { readFileSync } from 'node:fs';

/** Reads a file of a virtual file system, whose size is not known beforehand; undefined where it cannot be read. */
export function readVirtual(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
