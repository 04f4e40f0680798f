import type { LeaseClaims } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { code, daySeconds, deviceId, issuedAt, leaseClaims, newLicensor, nonce } from '../testing/licence.ts';
import { factDigest } from './facts.ts';
import { deviceClasses } from './lease.ts';
import { readCode, writeCode } from './typed-code.ts';
import { readTypedLease, typedLease } from './typed-lease.ts';
import { editionTag, readTypedRequest, typedNonce, typedRequest } from './typed-request.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const characters = (text: string): number => text.replace(/[-\n]/g, '').length;

/** The code with one character replaced, and the number of its line. */
function misread(text: string, at: number, by: number): { readonly text: string; readonly line: number } {
  const places = [...text].flatMap((character, place) => (alphabet.includes(character) ? [place] : []));
  const place = places[at % places.length] ?? 0;
  const value = (alphabet.indexOf(text.charAt(place)) + by) % 32;
  return {
    text: text.slice(0, place) + alphabet.charAt(value) + text.slice(place + 1),
    line: text.slice(0, place).split('\n').length,
  };
}

describe('a code', () => {
  test('comes back whole, in any case, with O for 0, I and L for 1, in full width, on one line or many', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(2), (bytes, way) => {
        const text = writeCode(bytes);
        const spoken = text
          .toLowerCase()
          .replaceAll('0', 'o')
          .replaceAll('1', way === 0 ? 'i' : 'l');
        const full = text.replace(/[0-9A-Z-]/g, (letter) =>
          String.fromCharCode(letter.charCodeAt(0) + 0xfee0),
        );
        for (const typed of [text, spoken, full, text.replaceAll('-', ' '), text.replaceAll('\n', ' ')])
          expect(Buffer.from(readCode(typed))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('names the line of every single wrong character, and of every two exchanged', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.nat(),
        fc.integer({ min: 1, max: 31 }),
        (bytes, at, by) => {
          const { text, line } = misread(writeCode(bytes), at, by);
          expect(() => readCode(text)).toThrow(
            expect.objectContaining({ code: 'TRUST_CODE_LINE', params: { line } }),
          );
        },
      ),
      { numRuns: 1000 },
    );
    const line = writeCode(Uint8Array.from({ length: 15 }, (_, at) => at * 17))
      .trim()
      .replaceAll('-', '');
    for (let first = 0; first < line.length; first++) {
      for (let second = first + 1; second < line.length; second++) {
        if (line[first] === line[second]) continue;
        const letters = [...line];
        [letters[first], letters[second]] = [line.charAt(second), line.charAt(first)];
        expect(() => readCode(letters.join(''))).toThrow(code('TRUST_CODE_LINE'));
      }
    }
  });

  test('names the line that is too short, too long, exchanged with another, or holds a letter that does not occur', () => {
    const lines = writeCode(Buffer.alloc(40, 7)).trim().split('\n');
    const [first = '', second = '', third = ''] = lines;
    const cases: [string[], number][] = [
      [[first, second.slice(1), third], 2],
      [[first, `${second}0`, third], 2],
      [[second, first, third], 1],
      [[first, third], 2],
      [[first, second, `U${third.slice(1)}`], 3],
      [[`中${first.slice(1)}`, second, third], 1],
    ];
    for (const [typed, line] of cases)
      expect(() => readCode(typed.join('\n'))).toThrow(
        expect.objectContaining({ code: 'TRUST_CODE_LINE', params: { line } }),
      );
  });

  test('has one spelling: of all short ones that are accepted, each is the one that is printed', () => {
    let accepted = 0;
    // Two data digits hold one byte; three hold one and a digit too many.
    for (let number = 0; number < 2 * 32 ** 2; number++) {
      const end = [5, 0].map((shift) => alphabet.charAt((number >> shift) & 31)).join('');
      const text = `${number < 32 ** 2 ? '4' : '44'}${end}`;
      try {
        expect(writeCode(readCode(text)).trim()).toBe(text);
        accepted++;
      } catch (error) {
        expect(error).toEqual(code(/^TRUST_CODE_/));
      }
    }
    expect(accepted).toBe(8);
  });

  test('ends in a code whatever is typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[0-9A-Z\n-]*$/)), (text) => {
        try {
          expect(readCode(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toEqual(code(/^TRUST_CODE_/));
        }
      }),
    );
    for (const text of ['', ' \n', '0'.repeat(9000)])
      expect(() => readCode(text)).toThrow(code('TRUST_CODE_MALFORMED'));
  });
});

const digest = fc.string().map((value) => factDigest('tpm', value));
const requests = fc.record({
  deviceId: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  edition: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  deviceClass: fc.constantFrom(...deviceClasses),
  generation: fc.nat(2_147_483_647),
  nonce: fc.uint8Array({ minLength: 6, maxLength: 6 }).map(typedNonce),
  facts: fc.record({ tpm: digest, board: digest }, { requiredKeys: [] }),
});

describe('a typed request', () => {
  test('comes back as it was made, the edition as its tag', () => {
    fc.assert(
      fc.property(requests, fc.boolean(), ({ edition, ...request }, rebind) => {
        const said = rebind ? { ...request, rebind } : request;
        expect(readTypedRequest(typedRequest({ ...said, edition }))).toEqual({
          ...said,
          editionTag: editionTag(edition),
        });
      }),
    );
  });

  test('stays within five lines, all facts included', () => {
    const facts = {
      tpm: factDigest('tpm', 'a'),
      board: factDigest('board', 'b'),
      disk: factDigest('disk', 'c'),
    };
    const request = {
      deviceId,
      edition: 'gov-desktop',
      deviceClass: 'laptop',
      generation: 4000,
      nonce,
    } as const;
    const text = typedRequest({ ...request, facts });
    expect(text.trim().split('\n')).toHaveLength(5);
    expect(characters(text)).toBeLessThanOrEqual(125);
    expect(readTypedRequest(text).facts).toEqual({ tpm: facts.tpm, board: facts.board });
  });

  test('shows two mistakes that balance in one line', () => {
    const text = typedRequest({
      deviceId,
      edition: 'e',
      deviceClass: 'server',
      generation: 0,
      nonce,
      facts: {},
    });
    const bytes = readCode(text);
    const twice = Uint8Array.from(bytes, (byte, at) => (at === 8 || at === 9 ? byte ^ 1 : byte));
    expect(() => readTypedRequest(writeCode(twice))).toThrow(code('TRUST_CODE_MALFORMED'));
  });

  test('is made with a typed nonce only', () => {
    const full = Buffer.alloc(16, 1).toString('base64url');
    const request = { deviceId, edition: 'e', deviceClass: 'server', generation: 0, facts: {} } as const;
    expect(() => typedRequest({ ...request, nonce: full })).toThrow(RangeError);
  });
});

const known = { deviceId, nonce, edition: 'gov-desktop', deviceClass: 'laptop' } as const;
/** What a typed lease brings: neither the activation nor the agency. */
function typedClaims(changes: Partial<LeaseClaims> = {}): LeaseClaims {
  const { jti: _jti, agency: _agency, ...claims } = leaseClaims(changes);
  return claims;
}

describe.each(['intl', 'national', 'dual'] as const)('a typed lease of profile %s', (profile) => {
  const { key, root } = newLicensor(profile);

  test('comes back as the claims it was made of, without activation and agency', () => {
    const whole = {
      features: ['remote-help', 'a'],
      overage: issuedAt + daySeconds,
      grace: 5,
      generation: 300,
    };
    for (const changes of [{}, whole])
      expect(readTypedLease(typedLease(leaseClaims(changes), key), known, root)).toEqual(
        typedClaims(changes),
      );
  });

  test('is as long as its signatures make it', () => {
    const lines = typedLease(leaseClaims(), key).trim().split('\n');
    expect(lines).toHaveLength(profile === 'dual' ? 10 : 6);
  });

  test('is refused on another device, for another request, edition or class, and by another root', () => {
    const text = typedLease(leaseClaims(), key);
    const read = (changes: Partial<Parameters<typeof readTypedLease>[1]>, judge = root) =>
      expect(() => readTypedLease(text, { ...known, ...changes }, judge));
    read({ deviceId: 'another' }).toThrow(code('TRUST_LEASE_WRONG_DEVICE'));
    read({ nonce: typedNonce(Uint8Array.of(9, 2, 3, 4, 5, 6)) }).toThrow(code('TRUST_LEASE_NONCE'));
    read({ nonce: typedNonce(Uint8Array.of(1, 2, 3, 4, 5, 7)) }).toThrow(code('TRUST_LICENCE_SIGNATURE'));
    read({ edition: 'gov-server' }).toThrow(code('TRUST_LICENCE_SIGNATURE'));
    read({ deviceClass: 'server' }).toThrow(code('TRUST_LICENCE_SIGNATURE'));
    read({}, newLicensor(profile).root).toThrow(code('TRUST_LICENCE_SIGNATURE'));
  });

  test('is refused with any byte changed though every line checks, cut short or lengthened', () => {
    const bytes = readCode(typedLease(leaseClaims(), key));
    const refused = code(/^TRUST_(CODE_MALFORMED|LEASE_|LICENCE_)/);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ flip : byte));
        expect(() => readTypedLease(writeCode(changed), known, root)).toThrow(refused);
        expect(() => readTypedLease(writeCode(bytes.subarray(0, at)), known, root)).toThrow();
      }),
      { numRuns: 60 },
    );
    expect(() => readTypedLease(writeCode(Buffer.concat([bytes, Buffer.alloc(1)])), known, root)).toThrow(
      refused,
    );
  });

  test('is no request, and a request is no lease', () => {
    const request = typedRequest({ ...known, generation: 1, facts: {} });
    expect(() => readTypedLease(request, known, root)).toThrow(code('TRUST_CODE_MALFORMED'));
    expect(() => readTypedRequest(typedLease(leaseClaims(), key))).toThrow(code('TRUST_CODE_MALFORMED'));
  });
});

test('one signature is no dual lease', () => {
  const { key, root } = newLicensor('dual');
  const half = typedLease(leaseClaims(), { ...key, profile: 'intl' });
  expect(() => readTypedLease(half, known, root)).toThrow(code('TRUST_CODE_MALFORMED'));
});
