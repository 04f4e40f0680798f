import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canSignIn, isCounterBack, mayRegister, readClientData, type WaysIn } from './rules.ts';

const ways = fc.record({
  passkeys: fc.nat(3),
  hasPassword: fc.boolean(),
  hasTotp: fc.boolean(),
  isLinked: fc.boolean(),
});
const none: WaysIn = { passkeys: 0, hasPassword: false, hasTotp: false, isLinked: false };

describe('a counter', () => {
  it.each([
    [0, 0, false],
    [0, 1, false],
    [5, 6, false],
    [5, 5, true],
    [5, 4, true],
    [5, 0, true],
  ])('kept at %i and seen at %i went back: %s', (kept, seen, expected) => {
    expect(isCounterBack(kept, seen)).toBe(expected);
  });
});

describe('the ways to sign in', () => {
  it('never shrink by a passkey more, nor by a role less', () => {
    fc.assert(
      fc.property(ways, fc.boolean(), (held, needsTwo) => {
        if (canSignIn(held, needsTwo)) {
          expect(canSignIn({ ...held, passkeys: held.passkeys + 1 }, needsTwo)).toBe(true);
          expect(canSignIn(held, false)).toBe(true);
        }
      }),
    );
  });

  it.each([
    [{ ...none, passkeys: 1 }, true, true],
    [{ ...none, hasPassword: true }, false, true],
    [{ ...none, hasPassword: true }, true, false],
    [{ ...none, hasPassword: true, hasTotp: true }, true, true],
    [{ ...none, isLinked: true }, true, false],
    [{ ...none, isLinked: true, hasTotp: true }, true, true],
    [{ ...none, hasTotp: true }, false, false],
    [none, false, false],
  ])('%o suffice, two factors demanded %s: %s', (held, needsTwo, expected) => {
    expect(canSignIn(held, needsTwo)).toBe(expected);
  });
});

describe('a session may add a passkey', () => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 12, minutes));

  it('for five minutes after its person proved to be there', () => {
    const held = { ...none, passkeys: 1 };
    const session = { created_at: at(0), stepped_up_at: at(30) };
    expect(mayRegister(session, held, at(35))).toBe(true);
    expect(mayRegister(session, held, at(36))).toBe(false);
  });

  it('after signing in alone only while there is no second factor', () => {
    const session = { created_at: at(0), stepped_up_at: null };
    expect(mayRegister(session, { ...none, hasPassword: true }, at(5))).toBe(true);
    expect(mayRegister(session, { ...none, hasPassword: true }, at(6))).toBe(false);
    expect(mayRegister(session, { ...none, hasPassword: true, hasTotp: true }, at(1))).toBe(false);
    expect(mayRegister(session, { ...none, passkeys: 1 }, at(1))).toBe(false);
  });
});

it('client data that is not client data is none', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const whole = { type: 'webauthn.get', challenge: 'c', origin: 'https://imprint.example.org' };
  expect(readClientData(encode({ ...whole, crossOrigin: false }))).toEqual(whole);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json().map(encode)), (text) => {
      expect(readClientData(text)).toBeUndefined();
    }),
  );
});
