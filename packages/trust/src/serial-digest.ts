import { sha256Hex } from './digests.ts';

/**
 * Digest of a machine's serial number as a list or its firmware writes it: blanks and case do not count. Undefined for what
 * is no serial number. Numbers can be guessed, so the digest hides one from whoever reads by the way, not from whoever asks.
 */
export function serialDigest(serial: string): string | undefined {
  const plain = serial.replace(/\s+/g, '').toUpperCase();
  if (!/^[\x21-\x7e]{3,100}$/.test(plain) || /^(.)\1*$/.test(plain)) return undefined;
  return sha256Hex(Buffer.from(`imprint/serial/v1\n${plain}`));
}
