import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

const text = (value: unknown): string => Buffer.from(canonicalJson(value)).toString('utf8');

/** JSON values that canonical JSON carries: whole numbers and well-formed text. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }), tie('any'), { maxKeys: 5 }),
  ),
})).any;

function shuffled(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(shuffled);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(
    Object.entries(input)
      .reverse()
      .map(([key, entry]) => [key, shuffled(entry)]),
  );
}

describe('canonical JSON', () => {
  test('TUF 1.0.34 §4.2: keys in order, no space, only quote and backslash escaped', () => {
    expect(text({ b: 'a"\\\n\u00e9/', a: [1, true, null], '': {} })).toBe(
      '{"":{},"a":[1,true,null],"b":"a\\"\\\\\n\u00e9/"}',
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(fc.property(value, (input) => text(shuffled(input)) === text(input)));
  });

  test('is the same after a round through JSON, unknown fields and all', () => {
    fc.assert(fc.property(value, (input) => text(JSON.parse(JSON.stringify(input))) === text(input)));
  });

  test('is different for different values', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        fc.pre(JSON.stringify(shuffled(a)) !== JSON.stringify(shuffled(b)));
        const normal = (input: unknown): unknown =>
          JSON.parse(JSON.stringify(input), (_key, entry) =>
            typeof entry === 'object' && entry !== null && !Array.isArray(entry)
              ? Object.fromEntries(Object.entries(entry).sort(([x], [y]) => (x < y ? -1 : 1)))
              : entry,
          );
        return (text(a) === text(b)) === (JSON.stringify(normal(a)) === JSON.stringify(normal(b)));
      }),
    );
  });

  test('orders keys by code point, not by UTF-16 unit', () => {
    expect(text({ '\u{1f600}': 1, '\uffff': 2 })).toBe('{"\uffff":2,"\u{1f600}":1}');
  });

  test.each([
    ['a float', { a: [0.5] }, '/a/0'],
    ['an unsafe integer', { a: 2 ** 53 }, '/a'],
    ['not a number', Number.NaN, 'the top'],
    ['undefined', { a: undefined }, '/a'],
    ['a hole', new Array(1), '/0'],
    ['a function', () => 1, 'the top'],
    ['a big integer', 1n, 'the top'],
    ['a date', { a: new Date(0) }, '/a'],
    ['bytes', { a: new Uint8Array(1) }, '/a'],
    ['a map', new Map(), 'the top'],
    ['a lone surrogate', { a: '\ud800' }, '/a'],
    ['a lone surrogate as a key', { '\udc00': 1 }, 'the top'],
  ])('refuses %s', (_name, input, path) => {
    expect(() => canonicalJson(input)).toThrow(
      expect.objectContaining({ code: 'TRUST_CANONICAL_JSON', params: expect.objectContaining({ path }) }),
    );
  });

  test('refuses nesting beyond 64 levels instead of running out of stack', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(text(nested(64))).toHaveLength(128);
    expect(() => canonicalJson(nested(100_000))).toThrow(
      expect.objectContaining({ code: 'TRUST_CANONICAL_JSON' }),
    );
  });
});
