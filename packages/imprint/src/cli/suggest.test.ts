import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from './suggest.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['approve', 'approve', 0],
    ['aprove', 'approve', 1],
    ['appove', 'approve', 1],
    ['paprove', 'approve', 1],
    ['ad', 'da', 1],
    ['', 'key', 3],
  ])('%s → %s is %i', (a, b, expected) => {
    expect(editDistance(a, b)).toBe(expected);
  });

  test('is symmetric, zero only for equal words, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

test('nearest finds a neighbour', () => {
  expect(nearest('relase shw', ['key new', 'release show', 'release status'])).toBe('release show');
});
