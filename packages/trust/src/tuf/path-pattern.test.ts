import { expect, test } from 'vitest';
import { isSafePath, pathMatches } from './path-pattern.ts';

test.each([
  ['*/*/release.json', 'gov-base/stable/release.json', true],
  ['*/*/release.json', 'gov-base/release.json', false],
  ['*/*/release.json', 'a/b/c/release.json', false],
  ['*/*/release.json', 'gov-base/stable/release.jsonx', false],
  ['*.tgz', 'foo.tgz', true],
  ['*.tgz', 'a/foo.tgz', false],
  ['foo-?.txt', 'foo-1.txt', true],
  ['foo-?.txt', 'foo-12.txt', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c', false],
  ['*', '', true],
  ['', 'a', false],
])('TUF 1.0.34 §4.5 PATHPATTERN: %s on %s is %s', (pattern, path, expected) => {
  expect(pathMatches(pattern, path)).toBe(expected);
});

test('a pattern made to backtrack takes no time', () => {
  const started = performance.now();
  expect(pathMatches('*a'.repeat(100), `${'a'.repeat(5000)}b`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});

test.each(['../x', 'a/../b', '/a', 'a//b', 'a/', '', '.', 'a\\b', 'a b', 'a/%2e%2e', 'ä'])(
  '%j is no safe path',
  (path) => {
    expect(isSafePath(path)).toBe(false);
  },
);
