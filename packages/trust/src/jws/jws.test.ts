import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rawToDer } from '../encoding/ecdsa-der.ts';
import { generateSigner } from '../keys/signer.ts';
import { verifySignature } from '../keys/verify.ts';
import { jwkOf, jwkThumbprint, publicKeyOfJwk } from './jwk.ts';
import { signJws, verifyJws } from './jws.ts';

const signer = generateSigner('ecdsa-sha2-nistp256');
const typ = 'imprint-check-in+jwt';
const resolve = (): typeof signer.key => signer.key;
const message = signJws({ typ, kid: 'device' }, { counter: 1 }, signer);

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a signed message', () => {
  test('verifies and gives back its payload', async () => {
    const verified = await verifyJws(message, resolve, typ);
    expect(verified.payload).toEqual({ counter: 1 });
    expect(verified.header).toEqual({ alg: 'ES256', typ, kid: 'device' });
  });

  test('carries a raw 64-byte signature that the platform verifies on its own (RFC 7518 §3.4)', () => {
    const [header, payload, signature] = message.split('.') as [string, string, string];
    const key = {
      key: createPublicKey({ key: { ...jwkOf(signer.key) }, format: 'jwk' }),
      dsaEncoding: 'ieee-p1363' as const,
    };
    expect(
      verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')),
    ).toBe(true);
  });

  test('is refused with any character of its signed part changed', async () => {
    for (const at of [3, message.indexOf('.') + 3, message.length - 5]) {
      const changed = `${message.slice(0, at)}${message[at] === 'A' ? 'B' : 'A'}${message.slice(at + 1)}`;
      await expect(verifyJws(changed, resolve, typ)).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^TRUST_JWS_/) }),
      );
    }
  });

  test('is refused under another type, by an unknown key, or by another key', async () => {
    await expect(verifyJws(message, resolve, 'imprint-enrol+jwt')).rejects.toThrow(code('TRUST_JWS_TYPE'));
    await expect(verifyJws(message, () => undefined, typ)).rejects.toThrow(code('TRUST_JWS_KEY_UNKNOWN'));
    const other = generateSigner('ecdsa-sha2-nistp256').key;
    await expect(verifyJws(message, () => other, typ)).rejects.toThrow(code('TRUST_JWS_SIGNATURE'));
    const ed25519 = generateSigner('ed25519').key;
    await expect(verifyJws(message, () => ed25519, typ)).rejects.toThrow(code('TRUST_JWS_SIGNATURE'));
  });
});

describe('what is no message', () => {
  const [header, payload, signature] = message.split('.') as [string, string, string];
  test.each([
    ['two parts', `${header}.${payload}`],
    ['four parts', `${message}.${signature}`],
    ['algorithm none', `${part({ alg: 'none', typ })}.${payload}.`],
    ['another algorithm', `${part({ alg: 'HS256', typ })}.${payload}.${signature}`],
    [
      'a critical extension',
      `${part({ alg: 'ES256', typ, crit: ['b64'], b64: false })}.${payload}.${signature}`,
    ],
    ['a list as header', `${part([])}.${payload}.${signature}`],
    ['no JSON', `${Buffer.from('{').toString('base64url')}.${payload}.${signature}`],
    ['padded base64', `${header}=.${payload}.${signature}`],
    ['a key id that is no text', `${part({ alg: 'ES256', typ, kid: 1 })}.${payload}.${signature}`],
    ['a very long one', 'a'.repeat(262_145)],
  ])('%s is refused', async (_name, compact) => {
    await expect(verifyJws(compact, resolve, typ)).rejects.toThrow(code('TRUST_JWS_MALFORMED'));
  });

  test('a key of another scheme signs none', () => {
    expect(() => signJws({ typ }, {}, generateSigner('ed25519'))).toThrow(code('TRUST_KEY_SCHEME_MISMATCH'));
  });
});

describe('device keys', () => {
  test('RFC 9449 §6.1: the thumbprint of an EC key', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    } as const;
    expect(jwkThumbprint(jwk)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
    expect(jwkOf(publicKeyOfJwk(jwk))).toEqual(jwk);
  });

  test('RFC 7515 A.3: its signature verifies with its key', () => {
    const key = publicKeyOfJwk({
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    });
    const input =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
    const signature =
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const der = rawToDer(Buffer.from(signature, 'base64url'));
    expect(verifySignature(key, Buffer.from(input), der)).toBe(true);
    expect(verifySignature(key, Buffer.from(`${input}A`), der)).toBe(false);
  });

  test.each([
    ['another curve', { ...jwkOf(signer.key), crv: 'P-384' }],
    ['a short coordinate', { ...jwkOf(signer.key), x: 'AA' }],
    ['nothing', undefined],
  ])('%s is no device key', (_name, jwk) => {
    expect(() => publicKeyOfJwk(jwk)).toThrow(code('TRUST_KEY_MALFORMED'));
  });
});
