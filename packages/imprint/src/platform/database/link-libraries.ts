import { existsSync, readFileSync } from 'node:fs';
import { rename, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface ShippedLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the library links the bundled PostgreSQL needs; npm packages cannot carry links, and install scripts are not run.
 * Returns false when the directory cannot be written.
 */
export async function linkLibraries(native: string): Promise<boolean> {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as ShippedLink[];
  for (const { source, target } of links) {
    const path = join(native, '..', target.replace(/^native\//, `${basename(native)}/`));
    if (existsSync(path)) continue;
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
    try {
      await symlink(basename(source), temporary);
      await rename(temporary, path);
    } catch {
      return false;
    }
  }
  return true;
}
