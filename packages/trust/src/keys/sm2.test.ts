import { describe, expect, test } from 'vitest';
import { sm3Hex } from '../digests.ts';
import { derToRaw } from '../encoding/ecdsa-der.ts';
import { sm2Point, sm2PublicPoint, sm2RandomScalar, sm2Sign, sm2Verify } from './sm2.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** GB/T 32918.5-2017 annex A.2, with user id 1234567812345678. */
const vector = {
  privateKey: hex('3945208F 7B2144B1 3F36E38A C6D39F95 88939369 2860B51A 42FB81EF 4DF7C5B8'),
  nonce: hex('59276E27 D506861A 16680F3A D9C02DCC EF3CC1FA 3CDBE4CE 6D54B80D EAC1BC21'),
  publicPoint: hex(`04
    09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020
    CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13`),
  message: Buffer.from('message digest'),
  signature: hex(`
    F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3
    B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA`),
};

describe('GB/T 32918.5 annex A.2', () => {
  test('the public key is that of the standard', () => {
    expect(Buffer.from(sm2PublicPoint(vector.privateKey))).toEqual(vector.publicPoint);
  });

  test('signing with the nonce of the standard gives its signature', () => {
    const signature = sm2Sign(vector.privateKey, vector.message, () => vector.nonce);
    expect(Buffer.from(derToRaw(signature) ?? [])).toEqual(vector.signature);
  });

  test('its signature verifies, over nothing else and under no other user id', () => {
    const signature = sm2Sign(vector.privateKey, vector.message, () => vector.nonce);
    const point = sm2Point(vector.publicPoint);
    expect(sm2Verify(point, vector.message, signature)).toBe(true);
    expect(sm2Verify(point, Buffer.from('message digesT'), signature)).toBe(false);
    expect(sm2Verify(point, vector.message, signature, Buffer.alloc(0))).toBe(false);
  });
});

describe('GB/T 32905 annex A', () => {
  test('A.1: three bytes', () => {
    expect(sm3Hex(Buffer.from('abc'))).toBe(
      '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
    );
  });

  test('A.2: sixty-four bytes', () => {
    expect(sm3Hex(Buffer.from('abcd'.repeat(16)))).toBe(
      'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
    );
  });
});

describe('GB/T 32918.2 §7.1', () => {
  test('a signature with any byte changed is refused, and so is one that is not strict DER', () => {
    const privateKey = sm2RandomScalar();
    const point = sm2Point(sm2PublicPoint(privateKey));
    const signature = Buffer.from(sm2Sign(privateKey, vector.message));
    expect(sm2Verify(point, vector.message, signature)).toBe(true);
    for (let at = 0; at < signature.length; at++) {
      const changed = Buffer.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(sm2Verify(point, vector.message, changed), `byte ${at}`).toBe(false);
    }
    expect(sm2Verify(point, vector.message, Buffer.concat([signature, Buffer.alloc(1)]))).toBe(false);
    expect(sm2Verify(point, vector.message, Buffer.alloc(0))).toBe(false);
  });
});
