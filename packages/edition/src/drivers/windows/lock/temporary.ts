import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnerAlive, ownerMark } from '../../../store/owner.ts';

async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const owner = /^lock-(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isOwnerAlive(owner))
      await rm(join(place, name), { recursive: true, force: true });
  }
}

/** Hands `work` a directory of its own below `place` and removes it afterwards, with those of runs that were killed. */
export async function withTemporary<T>(place: string, work: (directory: string) => Promise<T>): Promise<T> {
  await mkdir(place, { recursive: true });
  await sweep(place);
  const directory = await mkdtemp(join(place, `lock-${ownerMark()}-`));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
