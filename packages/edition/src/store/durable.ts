import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { guardSpace } from './errors.ts';

/** Flushes a directory's entries, so that a rename inside it survives a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Moves a finished file to its name: flushed before, and the directory after. */
export async function publishFile(temporary: string, target: string): Promise<void> {
  const handle = await open(temporary, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, target);
  await syncDirectory(dirname(target));
}

/**
 * Writes a file so that its name holds either the old or the whole new content, also after a crash.
 *
 * @throws STORE_FULL
 */
export async function writeFileDurably(path: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(path);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(directory, { recursive: true });
  try {
    await guardSpace(directory, path, async () => {
      const handle = await open(temporary, 'wx', 0o644);
      try {
        await handle.writeFile(content);
      } finally {
        await handle.close();
      }
      await publishFile(temporary, path);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Hashes a file as it is on disk; aborting rejects with the signal's reason. Size in bytes. */
export async function sha256OfFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
