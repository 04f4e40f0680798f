import { expect, test } from 'vitest';
import { countOf, optionalCountOf } from './whole-number.ts';

const most = Number.MAX_SAFE_INTEGER;

test.each([
  ['1', {}, 1],
  ['0', { least: 0 }, 0],
  ['007', {}, 7],
  ['1000000000', {}, 1_000_000_000],
  [String(most), { most }, most],
])('%s within %o is a count', (text, bounds, count) => {
  expect(countOf('seats', text, bounds)).toBe(count);
});

test.each([
  ['0', {}],
  ['100', { most: 99 }],
  ['1000000001', {}],
  [String(most + 1), { most }],
  ['1e3', {}],
  ['-1', { least: 0 }],
  ['1.5', {}],
  ['', { least: 0 }],
])('%s is refused within %o, with the bounds', (text, bounds) => {
  const params = { flag: 'seats', got: text, least: 1, most: 1_000_000_000, ...bounds };
  expect(() => countOf('seats', text, bounds)).toThrow(
    expect.objectContaining({ code: 'CLI_COUNT', params }),
  );
});

test('a flag that is left out has none', () => {
  expect(optionalCountOf('seats', undefined)).toBeUndefined();
});
