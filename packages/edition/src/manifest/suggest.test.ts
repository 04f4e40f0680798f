import { expect, test } from 'vitest';
import { editDistance, suggestionFor } from './suggest.ts';

test.each([
  ['', '', 0],
  ['policy', 'polcy', 1],
  ['policy', 'ploicy', 1],
  ['kitten', 'sitting', 3],
])('distance of %s and %s is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('only a near word is suggested', () => {
  expect(suggestionFor('componets', ['components', 'comments'])).toBe('components');
  expect(suggestionFor('banana', ['components', 'policy'])).toBeUndefined();
});
