import { sha256Hex } from '../digests.ts';
import { decodePem, encodePem } from '../encoding/pem.ts';
import { keyError } from './errors.ts';
import { canonicalRaw, encodeSpki, parseSpki } from './spki.ts';
import type { KeyScheme, PublicKey } from './types.ts';

const maximumPemLength = 1024;

function fromCanonical(scheme: KeyScheme, raw: Uint8Array): PublicKey {
  const der = encodeSpki(scheme, raw);
  return { scheme, keyId: sha256Hex(der), pem: encodePem(der, 'PUBLIC KEY') };
}

/** Builds a public key from raw bytes: 32 bytes for Ed25519, a point in either form otherwise. @throws TRUST_KEY_MALFORMED */
export function publicKeyFromRaw(scheme: KeyScheme, raw: Uint8Array): PublicKey {
  let canonical: Uint8Array;
  try {
    canonical = canonicalRaw(scheme, raw);
  } catch (cause) {
    throw keyError('TRUST_KEY_MALFORMED', { got: `bytes that are no ${scheme} key` }, { cause });
  }
  return fromCanonical(scheme, canonical);
}

/**
 * Parses an SPKI PEM into its canonical form, so that wrapping and point compression do not make a second key.
 *
 * @throws TRUST_KEY_MALFORMED when it is no known key
 * @throws TRUST_KEY_SCHEME_MISMATCH when the key is of another scheme than the one named
 */
export function parsePublicKey(pem: string, scheme?: KeyScheme): PublicKey {
  const parsed = parsePem(pem);
  if (scheme !== undefined && scheme !== parsed.scheme)
    throw keyError('TRUST_KEY_SCHEME_MISMATCH', { expected: scheme, got: parsed.scheme });
  return fromCanonical(parsed.scheme, parsed.raw);
}

/** Returns the canonical raw bytes of a key: 32 bytes for Ed25519, the uncompressed point otherwise. */
export function rawPublicKey(key: PublicKey): Uint8Array {
  return parsePem(key.pem).raw;
}

function parsePem(pem: string): ReturnType<typeof parseSpki> {
  const der = pem.length > maximumPemLength ? undefined : decodePem(pem, 'PUBLIC KEY');
  if (der === undefined) throw keyError('TRUST_KEY_MALFORMED', { got: 'no PEM of a public key' });
  try {
    return parseSpki(der);
  } catch (cause) {
    throw keyError('TRUST_KEY_MALFORMED', { got: 'an unknown or invalid one' }, { cause });
  }
}
