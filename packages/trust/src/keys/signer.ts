import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readDer, readOnly, tag, writeDer } from '../encoding/der.ts';
import { decodePem, encodePem } from '../encoding/pem.ts';
import { keyError } from './errors.ts';
import { parsePublicKey, publicKeyFromRaw } from './public-key.ts';
import { sm2PublicPoint, sm2RandomScalar, sm2Sign } from './sm2.ts';
import { algorithmIdentifier, schemeOfAlgorithm } from './spki.ts';
import type { ExportableSigner, KeyScheme } from './types.ts';

function nodeSigner(privateKey: KeyObject): ExportableSigner {
  const key = parsePublicKey(createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }) as string);
  const digest = key.scheme === 'ed25519' ? null : 'sha256';
  return {
    key,
    sign: (bytes) => sign(digest, bytes, privateKey),
    exportPkcs8Pem: () => privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

const integer = (value: number): Uint8Array => writeDer(tag.integer, Uint8Array.of(value));

/** PKCS#8 around an ECPrivateKey. Source: RFC 5958 §2, RFC 5915 §3. */
function encodeSm2Pkcs8(scalar: Uint8Array, point: Uint8Array): string {
  const bits = writeDer(tag.bitString, Uint8Array.of(0), point);
  const ecPrivateKey = writeDer(
    tag.sequence,
    integer(1),
    writeDer(tag.octetString, scalar),
    writeDer(tag.explicit1, bits),
  );
  const body = writeDer(tag.octetString, ecPrivateKey);
  return encodePem(writeDer(tag.sequence, integer(0), algorithmIdentifier('sm2-sm3'), body), 'PRIVATE KEY');
}

function sm2Signer(scalar: Uint8Array): ExportableSigner {
  const point = sm2PublicPoint(scalar);
  return {
    key: publicKeyFromRaw('sm2-sm3', point),
    sign: (bytes) => sm2Sign(scalar, bytes),
    exportPkcs8Pem: () => encodeSm2Pkcs8(scalar, point),
  };
}

/** Makes a new software key of a scheme. */
export function generateSigner(scheme: KeyScheme): ExportableSigner {
  if (scheme === 'sm2-sm3') return sm2Signer(sm2RandomScalar());
  if (scheme === 'ed25519') return nodeSigner(generateKeyPairSync('ed25519').privateKey);
  return nodeSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

function readPkcs8(der: Uint8Array): { scheme: KeyScheme; privateKey: Uint8Array } {
  const outer = readDer(readOnly(der, tag.sequence));
  outer.read(tag.integer);
  return { scheme: schemeOfAlgorithm(outer.read(tag.sequence)), privateKey: outer.read(tag.octetString) };
}

function readSm2Scalar(ecPrivateKey: Uint8Array): Uint8Array {
  const reader = readDer(readOnly(ecPrivateKey, tag.sequence));
  reader.read(tag.integer);
  const scalar = reader.read(tag.octetString);
  if (scalar.length !== 32) throw new RangeError('expected 32 bytes');
  return Uint8Array.from(scalar);
}

/**
 * Opens an unencrypted PKCS#8 PEM as a signer.
 *
 * @throws TRUST_KEY_MALFORMED, TRUST_KEY_SCHEME_MISMATCH
 */
export function signerFromPkcs8Pem(pem: string, scheme?: KeyScheme): ExportableSigner {
  const der = decodePem(pem, 'PRIVATE KEY');
  if (der === undefined) throw keyError('TRUST_KEY_MALFORMED', { got: 'no PEM of a private key' });
  let found: ReturnType<typeof readPkcs8>;
  try {
    found = readPkcs8(der);
  } catch (cause) {
    throw keyError('TRUST_KEY_MALFORMED', { got: 'an unknown private key' }, { cause });
  }
  if (scheme !== undefined && scheme !== found.scheme)
    throw keyError('TRUST_KEY_SCHEME_MISMATCH', { expected: scheme, got: found.scheme });
  try {
    return found.scheme === 'sm2-sm3'
      ? sm2Signer(readSm2Scalar(found.privateKey))
      : nodeSigner(createPrivateKey(pem));
  } catch (cause) {
    throw keyError('TRUST_KEY_MALFORMED', { got: 'an invalid private key' }, { cause });
  }
}
