import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianLock } from '@imprint/protocol';
import { mountTmpfs } from './mounts.ts';

const mebibyte = 1024 * 1024;
/** Unpacked size over a `.deb`'s, with room for what scripts generate. */
const expansion = 6;

/** Memory a build may take: half of what is free. Source: proc_meminfo(5) MemAvailable. */
export function memoryBudgetBytes(meminfo: string): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kibibytes === undefined ? 0 : (Number(kibibytes) * 1024) / 2;
}

/** What unpacking the largest layer takes, in bytes, with a floor for the rest. */
export function scratchNeedBytes(lock: DebianLock): number {
  const size = (packages: DebianLock['base']) => packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return Math.max(size(lock.base), size(lock.packages)) * expansion + 256 * mebibyte;
}

/**
 * Gives the build its scratch space: a size-capped tmpfs in this process's private mount namespace, or a directory
 * on disk where memory is short. The directory is emptied first; only one build works in a state directory.
 */
export async function makeWorkDirectory(home: string, lock: DebianLock): Promise<string> {
  const work = join(home, 'run', 'press');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  const budget = memoryBudgetBytes(readFileSync('/proc/meminfo', 'utf8'));
  const need = scratchNeedBytes(lock);
  if (budget >= need)
    await mountTmpfs(work, `mode=700,size=${Math.floor(Math.min(budget, need * 2) / mebibyte)}m`);
  return work;
}
