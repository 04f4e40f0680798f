import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../store/index.ts';

/** Has `make` fill a new directory and keeps it under its key, whole or not at all; a failure leaves nothing. */
export async function keepDirectory<T>(
  parent: string,
  key: string,
  make: (directory: string) => Promise<T>,
): Promise<T> {
  const temporary = join(parent, `.tmp-${key}`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    const made = await make(temporary);
    await rm(join(parent, key), { recursive: true, force: true });
    await rename(temporary, join(parent, key));
    await syncDirectory(parent);
    return made;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
