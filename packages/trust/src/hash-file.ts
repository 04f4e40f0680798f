import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type BothDigests, createSm3 } from './digests.ts';

/** Reads a file once and returns both digests and its size in bytes. */
export async function hashFile(path: string): Promise<BothDigests & { readonly sizeBytes: number }> {
  const sha256 = createHash('sha256');
  const sm3 = createSm3();
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    sha256.update(bytes);
    sm3.update(bytes);
    sizeBytes += bytes.length;
  }
  return { sha256: sha256.digest('hex'), sm3: sm3.digest('hex'), sizeBytes };
}
