import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

async function digestOf(path: string, algorithm: 'sha256' | 'sm3'): Promise<string> {
  const worker = new Worker(new URL('./hash-thread.ts', import.meta.url), {
    workerData: { path, algorithm },
  });
  const [digest] = await once(worker, 'message');
  return String(digest);
}

/** Both digests of a large file, each in a thread: SM3 is several times slower than all else that reads the file. */
export async function hashInThreads(
  path: string,
): Promise<{ sha256: string; sm3: string; sizeBytes: number }> {
  const [sha256, sm3, { size }] = await Promise.all([
    digestOf(path, 'sha256'),
    digestOf(path, 'sm3'),
    stat(path),
  ]);
  return { sha256, sm3, sizeBytes: size };
}
