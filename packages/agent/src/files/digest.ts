import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Hashes a file, no link, through one large buffer: a handful of system calls and no allocation. A pipe is never waited for. */
export function fileDigest(
  path: string,
  algorithm: 'sha1' | 'sha256',
  buffer: Buffer,
): { digest: string; size: number } {
  const descriptor = openSync(
    path,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const hash = createHash(algorithm);
    let size = 0;
    const expected = fstatSync(descriptor).size;
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      if (length === 0) break;
      hash.update(length === buffer.length ? buffer : buffer.subarray(0, length));
      size += length;
      if (length < buffer.length && size >= expected) break;
    }
    return { digest: hash.digest('hex'), size };
  } finally {
    closeSync(descriptor);
  }
}
