import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a client keeps its trusted files, by name; `put` replaces all or nothing and survives a crash. */
export interface TufCache {
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/** Keeps trusted files in memory, for one process's life. */
export function memoryCache(): TufCache {
  const files = new Map<string, Uint8Array>();
  return {
    get: async (name) => files.get(name),
    put: async (name, bytes) => void files.set(name, bytes),
    delete: async (name) => void files.delete(name),
  };
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directory; its rename is journalled.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replaceFile(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Keeps trusted files in a directory, each written beside its place, synced and renamed. */
export function directoryCache(directory: string): TufCache {
  return {
    async get(name) {
      try {
        return await readFile(join(directory, name));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    put: (name, bytes) => replaceFile(directory, name, bytes),
    delete: (name) => rm(join(directory, name), { force: true }),
  };
}
