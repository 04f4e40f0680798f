import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const chunkBytes = 1024 * 1024;

/** Both digests of a file of any size, read once through one buffer: outputs are large enough for a stream's garbage to cost. */
export async function hashOutput(path: string): Promise<{ sha256: string; sm3: string; sizeBytes: number }> {
  const [sha256, sm3] = [createHash('sha256'), createHash('sm3')];
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let sizeBytes = 0;
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, sizeBytes);
      if (bytesRead === 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      sha256.update(bytes);
      sm3.update(bytes);
      sizeBytes += bytesRead;
    }
  } finally {
    await file.close();
  }
  return { sha256: sha256.digest('hex'), sm3: sm3.digest('hex'), sizeBytes };
}
