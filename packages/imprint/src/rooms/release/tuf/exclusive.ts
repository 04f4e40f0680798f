import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { releaseError } from '../errors.ts';

/**
 * Runs work while no other process of this machine writes the repository. A lock whose process is gone is taken over.
 * @throws RELEASE_BUSY
 */
export async function exclusively<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(lockFile), { recursive: true });
  await takeLock(lockFile);
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function takeLock(lockFile: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const handle = await open(lockFile, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined;
      throw error;
    });
    if (handle !== undefined) {
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return;
    }
    const pid = Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10);
    if (isAlive(pid)) throw releaseError('RELEASE_BUSY', { directory: dirname(lockFile), pid });
    await rm(lockFile, { force: true });
  }
  throw releaseError('RELEASE_BUSY', { directory: dirname(lockFile), pid: 0 });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
