import { createHash, type Hash } from 'node:crypto';
import { keyError } from './keys/errors.ts';

/** Both digests of one byte string, as 64 lowercase hexadecimal digits. */
export interface BothDigests {
  readonly sha256: string;
  readonly sm3: string;
}

/** Starts an SM3 hash (GB/T 32905). @throws TRUST_SUITE_UNAVAILABLE where OpenSSL is built without it. */
export function createSm3(): Hash {
  try {
    return createHash('sm3');
  } catch (cause) {
    throw keyError('TRUST_SUITE_UNAVAILABLE', { algorithm: 'SM3' }, { cause });
  }
}

/** Returns the SHA-256 of bytes in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Returns the SM3 of bytes in hexadecimal. */
export function sm3Hex(bytes: Uint8Array): string {
  return createSm3().update(bytes).digest('hex');
}

/** Returns the SHA-256 and the SM3 of bytes. */
export function digestsOf(bytes: Uint8Array): BothDigests {
  return { sha256: sha256Hex(bytes), sm3: sm3Hex(bytes) };
}
