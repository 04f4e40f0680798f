import { ECDH } from 'node:crypto';
import { readDer, readOnly, tag, writeDer } from '../encoding/der.ts';
import { sm2Point } from './sm2.ts';
import type { KeyScheme } from './types.ts';

const oid = (hex: string): Uint8Array => writeDer(tag.objectIdentifier, Buffer.from(hex, 'hex'));
const ecPublicKey = oid('2a8648ce3d0201');

/** AlgorithmIdentifier content per scheme. Source: RFC 8410 §3, RFC 5480 §2.1.1, GM/T 0006. */
const algorithms: Readonly<Record<KeyScheme, Uint8Array>> = {
  ed25519: oid('2b6570'),
  'ecdsa-sha2-nistp256': Buffer.concat([ecPublicKey, oid('2a8648ce3d030107')]),
  'sm2-sm3': Buffer.concat([ecPublicKey, oid('2a811ccf5501822d')]),
};

/** Returns the AlgorithmIdentifier of a scheme as DER. */
export function algorithmIdentifier(scheme: KeyScheme): Uint8Array {
  return writeDer(tag.sequence, algorithms[scheme]);
}

/** Returns the scheme an AlgorithmIdentifier's content names; throws a RangeError for any other, explicit parameters included. */
export function schemeOfAlgorithm(content: Uint8Array): KeyScheme {
  for (const [scheme, expected] of Object.entries(algorithms)) {
    if (Buffer.compare(content, expected) === 0) return scheme as KeyScheme;
  }
  throw new RangeError('unknown algorithm');
}

const fieldPrime25519 = 2n ** 255n - 19n;
/** y of the points of order 1, 2, 4 and 8, with which a signature over anything can be made. */
const smallOrderY = new Set([
  0n,
  1n,
  fieldPrime25519 - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303021434n,
  55188659117513257062467267217118295137698188065244968500265048394206261417515n,
]);

function canonicalEd25519(raw: Uint8Array): Uint8Array {
  if (raw.length !== 32) throw new RangeError('expected 32 bytes');
  const digits = Buffer.from(raw).reverse();
  digits[0] = (digits[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${digits.toString('hex')}`);
  // RFC 8032 §5.1.3: y ≥ p is a second spelling of a point.
  if (y >= fieldPrime25519 || smallOrderY.has(y)) throw new RangeError('weak or non-canonical point');
  return raw;
}

/** Returns a key's one canonical raw form: 32 bytes for Ed25519, the uncompressed point otherwise. */
export function canonicalRaw(scheme: KeyScheme, raw: Uint8Array): Uint8Array {
  if (scheme === 'ed25519') return canonicalEd25519(raw);
  if (scheme === 'sm2-sm3') return sm2Point(raw).toBytes(false);
  if (raw[0] !== 2 && raw[0] !== 3 && raw[0] !== 4) throw new RangeError('point form');
  const point = ECDH.convertKey(raw, 'prime256v1', undefined, undefined, 'uncompressed');
  return point as unknown as Buffer;
}

/** Encodes a canonical raw key as SubjectPublicKeyInfo. Source: RFC 5280 §4.1.2.7. */
export function encodeSpki(scheme: KeyScheme, raw: Uint8Array): Uint8Array {
  return writeDer(tag.sequence, algorithmIdentifier(scheme), writeDer(tag.bitString, Uint8Array.of(0), raw));
}

/** Parses SubjectPublicKeyInfo; throws for anything but strict DER of a known key on its curve. */
export function parseSpki(der: Uint8Array): { scheme: KeyScheme; raw: Uint8Array } {
  const outer = readDer(readOnly(der, tag.sequence));
  const scheme = schemeOfAlgorithm(outer.read(tag.sequence));
  const bits = outer.read(tag.bitString);
  if (!outer.done || bits[0] !== 0) throw new RangeError('malformed key');
  return { scheme, raw: canonicalRaw(scheme, bits.subarray(1)) };
}
