import type { CryptoProfile, LeaseClaims } from '@imprint/protocol';
import { expect } from 'vitest';
import { jwkOf, jwkThumbprint } from '../jws/jwk.ts';
import { generateSigner } from '../keys/signer.ts';
import type { LicenceSigningKey } from '../licence/token.ts';
import { typedNonce } from '../licence/typed-request.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { newSigners, newWorld, unsignedRoot } from './world.ts';

/** A licence key and the root that pins it. */
export interface Licensor {
  readonly key: LicenceSigningKey;
  readonly root: Metadata<RootSigned>;
}

export function newLicensor(profile: CryptoProfile): Licensor {
  const signers = newSigners(profile);
  return { key: { profile, signers }, root: unsignedRoot(newWorld(profile), 1, signers) };
}

export const daySeconds = 86_400;
export const issuedAt = Date.parse('2026-11-23T12:00:00Z') / 1000;
export const deviceKey = generateSigner('ecdsa-sha2-nistp256');
export const deviceId = jwkThumbprint(jwkOf(deviceKey.key));
export const nonce = typedNonce(Uint8Array.of(1, 2, 3, 4, 5, 6));

export function leaseClaims(changes: Partial<LeaseClaims> = {}): LeaseClaims {
  return {
    iss: 'imprint',
    jti: '0190f3a4-7d2b-7c11-9a55-0123456789ab.1',
    sub: deviceId,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 180 * daySeconds,
    edition: 'gov-desktop',
    class: 'laptop',
    agency: '0190f3a4-7d2b-7c11-9a55-0123456789ac',
    features: [],
    generation: 1,
    renew: issuedAt + 8 * daySeconds,
    grace: 30 * daySeconds,
    nonce,
    cnf: { jkt: deviceId },
    ...changes,
  };
}

export const code = (pattern: string | RegExp): Error & { code: string } =>
  expect.objectContaining({ code: typeof pattern === 'string' ? pattern : expect.stringMatching(pattern) });
