import { createHash, timingSafeEqual } from 'node:crypto';

/** The SHA-256 of what is kept or compared only by its digest, in hexadecimal. */
export const hashOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** Compares a digest with the one that is kept, in a time that tells nothing of where they differ. */
export const isSameDigest = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
