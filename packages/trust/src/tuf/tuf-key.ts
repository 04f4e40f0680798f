import { decodeHex } from '../encoding/bytes.ts';
import { keyError } from '../keys/errors.ts';
import { parsePublicKey, publicKeyFromRaw, rawPublicKey } from '../keys/public-key.ts';
import type { KeyScheme, PublicKey } from '../keys/types.ts';
import type { TufKey } from './model.ts';

const schemeOfType: Readonly<Record<string, KeyScheme>> = {
  ed25519: 'ed25519',
  ecdsa: 'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp256': 'ecdsa-sha2-nistp256',
  sm2: 'sm2-sm3',
};

/** Writes a key as metadata lists it: Ed25519 in hexadecimal, others as PEM. Source: TUF 1.0.34 §4.2. */
export function toTufKey(key: PublicKey): TufKey {
  if (key.scheme === 'ed25519') {
    const hex = Buffer.from(rawPublicKey(key)).toString('hex');
    return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
  }
  const keytype = key.scheme === 'sm2-sm3' ? 'sm2' : 'ecdsa';
  return { keytype, scheme: key.scheme, keyval: { public: key.pem } };
}

/**
 * Reads a key from metadata, as hexadecimal or PEM; undefined for a key type nobody here knows, which never counts.
 *
 * @throws TRUST_KEY_SCHEME_MISMATCH, TRUST_KEY_MALFORMED
 */
export function fromTufKey({ keytype, scheme, keyval }: TufKey): PublicKey | undefined {
  const expected = Object.hasOwn(schemeOfType, keytype) ? schemeOfType[keytype] : undefined;
  if (expected === undefined) return undefined;
  if (scheme !== expected) throw keyError('TRUST_KEY_SCHEME_MISMATCH', { expected, got: scheme });
  const raw = expected === 'ed25519' ? decodeHex(keyval.public) : undefined;
  return raw === undefined ? parsePublicKey(keyval.public, expected) : publicKeyFromRaw(expected, raw);
}
