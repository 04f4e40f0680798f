import { createHash } from 'node:crypto';

/** The SHA-256 of what is kept or compared only by its digest, in hexadecimal. */
export const hashOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
