import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { keyError } from './errors.ts';
import { parsePublicKey, rawPublicKey } from './public-key.ts';
import { type Sm2Point, sm2Point, sm2Verify } from './sm2.ts';
import type { PublicKey } from './types.ts';

type Verifier = (bytes: Uint8Array, signature: Uint8Array) => boolean;

function prepare(key: PublicKey): Verifier {
  // Parses again under the named scheme, so a record that disagrees with its own key verifies nothing.
  const { pem, scheme, keyId } = parsePublicKey(key.pem, key.scheme);
  if (keyId !== key.keyId)
    throw keyError('TRUST_KEY_MALFORMED', { got: 'a key id that is not its fingerprint' });
  if (scheme === 'sm2-sm3') {
    const point: Sm2Point = sm2Point(rawPublicKey(key));
    return (bytes, signature) => sm2Verify(point, bytes, signature);
  }
  const handle: KeyObject = createPublicKey(pem);
  if (scheme === 'ed25519') return (bytes, signature) => verify(null, bytes, handle, signature);
  return (bytes, signature) => verify('sha256', bytes, handle, signature);
}

const prepared = new WeakMap<PublicKey, Verifier>();

/**
 * True when a signature is the key's over the bytes; false for any malformed signature.
 *
 * Ed25519 is pure (RFC 8032 §5.1.7); P-256 is ECDSA with SHA-256 in DER; SM2 is with SM3 in DER.
 * @throws TRUST_KEY_SCHEME_MISMATCH, TRUST_KEY_MALFORMED when the key itself is no such key
 */
export function verifySignature(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  let verifier = prepared.get(key);
  if (verifier === undefined) {
    verifier = prepare(key);
    prepared.set(key, verifier);
  }
  return verifier(bytes, signature);
}
