import { createHash } from 'node:crypto';
import type { DeviceJwk } from '@imprint/protocol';
import { decodeBase64Url } from '../encoding/bytes.ts';
import { keyError } from '../keys/errors.ts';
import { publicKeyFromRaw, rawPublicKey } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/types.ts';

/** Returns the JWK of a P-256 key. Source: RFC 7518 §6.2. @throws TRUST_KEY_SCHEME_MISMATCH */
export function jwkOf(key: PublicKey): DeviceJwk {
  if (key.scheme !== 'ecdsa-sha2-nistp256')
    throw keyError('TRUST_KEY_SCHEME_MISMATCH', { expected: 'ecdsa-sha2-nistp256', got: key.scheme });
  const raw = Buffer.from(rawPublicKey(key));
  return {
    kty: 'EC',
    crv: 'P-256',
    x: raw.subarray(1, 33).toString('base64url'),
    y: raw.subarray(33).toString('base64url'),
  };
}

/** Returns the key of a P-256 JWK. @throws TRUST_KEY_MALFORMED */
export function publicKeyOfJwk(jwk: unknown): PublicKey {
  const { kty, crv, x, y } = (typeof jwk === 'object' && jwk !== null ? jwk : {}) as Record<string, unknown>;
  const xBytes = typeof x === 'string' ? decodeBase64Url(x) : undefined;
  const yBytes = typeof y === 'string' ? decodeBase64Url(y) : undefined;
  if (kty !== 'EC' || crv !== 'P-256' || xBytes?.length !== 32 || yBytes?.length !== 32)
    throw keyError('TRUST_KEY_MALFORMED', { got: 'no JWK of a P-256 key' });
  return publicKeyFromRaw('ecdsa-sha2-nistp256', Buffer.concat([Uint8Array.of(4), xBytes, yBytes]));
}

/** Returns the SHA-256 thumbprint of an EC key, base64url: a device's id. Source: RFC 7638 §3. */
export function jwkThumbprint(jwk: DeviceJwk): string {
  const { crv, kty, x, y } = jwk;
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
