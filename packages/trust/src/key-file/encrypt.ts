import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { keyError } from '../keys/errors.ts';
import { keyFileError } from './errors.ts';
import type { KeyFileCipher, KeyFileHeader } from './format.ts';

/** 32 MiB and about a quarter of a second on a small machine. */
export const defaultCost = { n: 1 << 15, r: 8, p: 3 } as const;
const maximumMemory = 256 << 20;

function permitted({ n, r, p }: KeyFileHeader['kdf']): boolean {
  const whole = [n, r, p].every((value) => Number.isSafeInteger(value));
  const powerOfTwo = whole && n >= 1 << 14 && n <= 1 << 20 && (n & (n - 1)) === 0;
  return powerOfTwo && r >= 8 && r <= 16 && p >= 1 && p <= 8 && 128 * n * r <= maximumMemory;
}

/** Derives 32 bytes from a passphrase in NFC. Source: RFC 7914. @throws TRUST_KEY_FILE_COST, TRUST_PASSPHRASE_EMPTY */
export function derivePassphraseKey(passphrase: string, kdf: KeyFileHeader['kdf']): Buffer {
  if (passphrase === '') throw keyFileError('TRUST_PASSPHRASE_EMPTY');
  const { n, r, p, salt } = kdf;
  if (!permitted(kdf))
    throw keyFileError('TRUST_KEY_FILE_COST', { n: String(n), r: String(r), p: String(p) });
  const options = { N: n, r, p, maxmem: maximumMemory + (8 << 20) };
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, options);
}

/** What a cipher needs: 32 bytes of key, its IV, and the header bytes the tag covers. */
export interface CipherContext {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly header: Uint8Array;
}

export interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

interface AuthenticatedCipher {
  readonly ivBytes: number;
  seal(context: CipherContext, plaintext: Uint8Array): Sealed;
  /** Returns undefined when the tag does not verify. */
  open(context: CipherContext, sealed: Sealed): Uint8Array | undefined;
}

/** Source: NIST SP 800-38D. */
const aes256Gcm: AuthenticatedCipher = {
  ivBytes: 12,
  seal({ key, iv, header }, plaintext) {
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(header);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { ciphertext, tag: cipher.getAuthTag() };
  },
  open({ key, iv, header }, { ciphertext, tag }) {
    if (tag.length !== 16) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(header).setAuthTag(tag);
    const start = decipher.update(ciphertext);
    try {
      return Buffer.concat([start, decipher.final()]);
    } catch {
      return undefined;
    }
  },
};

/** HKDF with SM3 splits one key in two. Source: RFC 5869 §2. */
function splitKey(key: Uint8Array): { encryption: Buffer; authentication: Buffer } {
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sm3', key, new Uint8Array(), `${info} of imprint-key-file/v1`, length));
  return { encryption: derive('encryption', 16), authentication: derive('authentication', 32) };
}

function hmacSm3(key: Uint8Array, { iv, header }: CipherContext, ciphertext: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return createHmac('sm3', key).update(length).update(header).update(iv).update(ciphertext).digest();
}

/** SM4 in counter mode, then HMAC-SM3 over header, IV and ciphertext. Source: GB/T 32907, GB/T 15852.2. */
const sm4CtrHmacSm3: AuthenticatedCipher = {
  ivBytes: 16,
  seal(context, plaintext) {
    const keys = splitKey(context.key);
    const cipher = createCipheriv('sm4-ctr', keys.encryption, context.iv);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return { ciphertext, tag: hmacSm3(keys.authentication, context, ciphertext) };
  },
  open(context, { ciphertext, tag }) {
    const keys = splitKey(context.key);
    const expected = hmacSm3(keys.authentication, context, ciphertext);
    if (tag.length !== expected.length || !timingSafeEqual(tag, expected)) return undefined;
    const decipher = createDecipheriv('sm4-ctr', keys.encryption, context.iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  },
};

const table: Readonly<Record<KeyFileCipher, AuthenticatedCipher>> = {
  'aes-256-gcm': aes256Gcm,
  'sm4-ctr-hmac-sm3': sm4CtrHmacSm3,
};

/** Returns a cipher by name. @throws TRUST_SUITE_UNAVAILABLE where OpenSSL is built without SM3 or SM4 */
export function cipherOf(name: KeyFileCipher): AuthenticatedCipher {
  const cipher = table[name];
  if (name === 'aes-256-gcm') return cipher;
  try {
    createHmac('sm3', 'probe');
    createCipheriv('sm4-ctr', Buffer.alloc(16), Buffer.alloc(16));
  } catch (cause) {
    throw keyError('TRUST_SUITE_UNAVAILABLE', { algorithm: 'SM4 and SM3' }, { cause });
  }
  return cipher;
}
