import { type LeaseClaims, licenceTypes, type RevocationClaims } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { code, deviceId, issuedAt, leaseClaims, newLicensor, nonce } from '../testing/licence.ts';
import { verifyLease } from './lease.ts';
import { isRevoked, verifyRevocations } from './revocations.ts';
import { signLicenceToken } from './token.ts';

const { key, root } = newLicensor('intl');
const lease = (claims: object) => signLicenceToken(licenceTypes.lease, claims, key);
const read = (claims: object, expected = { deviceId, nonce }) => verifyLease(lease(claims), root, expected);
const without = (name: keyof LeaseClaims): object => {
  const { [name]: _left, ...rest } = leaseClaims();
  return rest;
};

describe('a lease', () => {
  test('is accepted by its device, as the answer to its request and again later', () => {
    expect(read(leaseClaims())).toEqual(leaseClaims());
    expect(verifyLease(lease(leaseClaims()), root, { deviceId })).toEqual(leaseClaims());
    const full = leaseClaims({ features: ['remote-help'], overage: issuedAt + 1 });
    expect(read(full)).toEqual(full);
    expect(read({ ...leaseClaims(), later: 'a field of a newer server' })).toMatchObject({ sub: deviceId });
  });

  test('of another device is refused by name, also when only its key is another', () => {
    for (const claims of [leaseClaims({ sub: 'other' }), leaseClaims({ cnf: { jkt: 'other' } })])
      expect(() => read(claims)).toThrow(
        expect.objectContaining({ code: 'TRUST_LEASE_WRONG_DEVICE', params: { got: 'other' } }),
      );
  });

  test('that answers another request is refused', () => {
    const other = 'BQIDBAUGAAAAAAAAAAAAAA';
    expect(() => read(leaseClaims({ nonce: other }))).toThrow(code('TRUST_LEASE_NONCE'));
  });

  const optional = ['jti', 'agency'];
  test.each(Object.keys(leaseClaims()) as (keyof LeaseClaims)[])(
    'needs its %s in the right shape',
    (name) => {
      const refused = code('TRUST_LICENCE_MALFORMED');
      expect(() => read({ ...leaseClaims(), [name]: { not: 'this' } })).toThrow(refused);
      if (optional.includes(name)) expect(read(without(name))).toEqual(without(name));
      else expect(() => read(without(name))).toThrow(refused);
    },
  );

  test('that ends before it begins is refused', () => {
    expect(() => read(leaseClaims({ exp: issuedAt }))).toThrow(code('TRUST_LICENCE_MALFORMED'));
  });

  test('of any other content ends in a code', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(leaseClaims())), fc.jsonValue()),
        (changes) => {
          const claims = { ...leaseClaims(), ...changes };
          try {
            expect(read(claims)).toEqual(JSON.parse(JSON.stringify(claims)));
          } catch (error) {
            expect(error).toEqual(code(/^TRUST_(LICENCE|LEASE)_/));
          }
        },
      ),
    );
  });
});

describe('a revocation list', () => {
  const list: RevocationClaims = {
    iss: 'imprint',
    number: 7,
    iat: issuedAt,
    revoked: [{ device: deviceId, generation: 3, reason: 'lost-or-stolen', at: issuedAt }],
  };
  const signed = (claims: object) => signLicenceToken(licenceTypes.revocations, claims, key);

  test('revokes leases of a device up to a generation, and no other device', () => {
    const verified = verifyRevocations(signed(list), root, 7);
    expect(verified).toEqual(list);
    expect([1, 3, 4].map((generation) => isRevoked(verified, deviceId, generation))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isRevoked(verified, 'other', 1)).toBe(false);
  });

  test('never goes back to a lower number', () => {
    expect(() => verifyRevocations(signed(list), root, 8)).toThrow(
      expect.objectContaining({ code: 'TRUST_REVOCATIONS_ROLLBACK', params: { known: 8, got: 7 } }),
    );
  });

  test('holds thousands of devices', () => {
    const revoked = Array.from({ length: 5000 }, (_, at) => ({
      ...list.revoked[0],
      device: `${deviceId}${at}`,
    }));
    expect(verifyRevocations(signed({ ...list, revoked }), root).revoked).toHaveLength(5000);
  });

  test.each([
    ['a lease', () => lease(leaseClaims())],
    ['one without a number', () => signed({ ...list, number: -1 })],
    [
      'an entry of another reason',
      () => signed({ ...list, revoked: [{ ...list.revoked[0], reason: 'toString' }] }),
    ],
    ['an entry that is none', () => signed({ ...list, revoked: [null] })],
    ['no list', () => signed({ ...list, revoked: {} })],
  ])('%s is refused', (_name, make) => {
    expect(() => verifyRevocations(make(), root)).toThrow(code('TRUST_LICENCE_MALFORMED'));
  });
});
