import { createPublicKey, ECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodePem } from '../encoding/pem.ts';
import { parsePublicKey, publicKeyFromRaw, rawPublicKey } from './public-key.ts';
import { generateSigner, signerFromPkcs8Pem } from './signer.ts';
import { encodeSpki } from './spki.ts';
import type { KeyScheme } from './types.ts';
import { verifySignature } from './verify.ts';

const schemes: readonly KeyScheme[] = ['ed25519', 'ecdsa-sha2-nistp256', 'sm2-sm3'];
const message = Buffer.from('a message');

describe.each(schemes)('a key of scheme %s', (scheme) => {
  const signer = generateSigner(scheme);

  test('verifies its own signature and no other', () => {
    const signature = signer.sign(message);
    expect(verifySignature(signer.key, message, signature)).toBe(true);
    expect(verifySignature(signer.key, Buffer.from('another'), signature)).toBe(false);
    expect(verifySignature(generateSigner(scheme).key, message, signature)).toBe(false);
    expect(verifySignature(signer.key, message, Buffer.from('no signature'))).toBe(false);
  });

  test('survives export and import', () => {
    const again = signerFromPkcs8Pem(signer.exportPkcs8Pem(), scheme);
    expect(again.key).toEqual(signer.key);
    expect(verifySignature(signer.key, message, again.sign(message))).toBe(true);
  });

  test('has one key id whatever the wrapping of its PEM', () => {
    const body = signer.key.pem.split('\n').slice(1, -2).join('');
    const oneLine = `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`;
    const narrow = `\r\n-----BEGIN PUBLIC KEY-----\r\n${body.replace(/.{7}/g, '$&\r\n')}\r\n-----END PUBLIC KEY-----\r\n`;
    expect(parsePublicKey(oneLine)).toEqual(signer.key);
    expect(parsePublicKey(narrow, scheme)).toEqual(signer.key);
  });

  test('has one key id as raw bytes and as PEM', () => {
    expect(publicKeyFromRaw(scheme, rawPublicKey(signer.key))).toEqual(signer.key);
  });

  test.each(schemes.filter((other) => other !== scheme))('is refused when labelled %s', (other) => {
    expect(() => parsePublicKey(signer.key.pem, other)).toThrow(
      expect.objectContaining({ code: 'TRUST_KEY_SCHEME_MISMATCH' }),
    );
    expect(() => verifySignature({ ...signer.key, scheme: other }, message, signer.sign(message))).toThrow(
      expect.objectContaining({ code: 'TRUST_KEY_SCHEME_MISMATCH' }),
    );
    expect(() => signerFromPkcs8Pem(signer.exportPkcs8Pem(), other)).toThrow(
      expect.objectContaining({ code: 'TRUST_KEY_SCHEME_MISMATCH' }),
    );
  });

  test('is refused under a key id that is not its fingerprint', () => {
    expect(() =>
      verifySignature({ ...signer.key, keyId: '00'.repeat(32) }, message, signer.sign(message)),
    ).toThrow(expect.objectContaining({ code: 'TRUST_KEY_MALFORMED' }));
  });
});

test.each([
  ['ecdsa-sha2-nistp256', 'prime256v1'],
  ['sm2-sm3', 'SM2'],
] as const)('a compressed %s point has the key id of the uncompressed one', (scheme, curve) => {
  const { key } = generateSigner(scheme);
  const compressed = ECDH.convertKey(rawPublicKey(key), curve, undefined, undefined, 'compressed') as never;
  const pem = encodePem(encodeSpki(scheme, compressed), 'PUBLIC KEY');
  expect(pem).not.toBe(key.pem);
  expect(parsePublicKey(pem)).toEqual(key);
});

describe('what is no key', () => {
  const weak = encodePem(
    encodeSpki('ed25519', Buffer.concat([Uint8Array.of(1), Buffer.alloc(31)])),
    'PUBLIC KEY',
  );
  const offCurve = Buffer.concat([Uint8Array.of(4), Buffer.alloc(63), Uint8Array.of(1)]);
  const der = createPublicKey(generateSigner('ed25519').key.pem).export({ format: 'der', type: 'spki' });
  test.each([
    ['nothing', ''],
    ['another PEM block', encodePem(der, 'CERTIFICATE')],
    ['two keys', generateSigner('ed25519').key.pem.repeat(2)],
    ['an Ed25519 point of small order', weak],
    ['a P-256 point off its curve', encodePem(encodeSpki('ecdsa-sha2-nistp256', offCurve), 'PUBLIC KEY')],
    ['an SM2 point off its curve', encodePem(encodeSpki('sm2-sm3', offCurve), 'PUBLIC KEY')],
    ['trailing bytes', encodePem(Buffer.concat([der, Buffer.alloc(1)]), 'PUBLIC KEY')],
    ['a truncated key', encodePem(der.subarray(0, -1), 'PUBLIC KEY')],
    ['a very long text', ' '.repeat(2000)],
  ])('%s is refused', (_name, pem) => {
    expect(() => parsePublicKey(pem)).toThrow(expect.objectContaining({ code: 'TRUST_KEY_MALFORMED' }));
  });
});
