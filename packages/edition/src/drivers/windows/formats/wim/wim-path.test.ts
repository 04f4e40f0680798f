import { expect, test } from 'vitest';
import { assertWimPath } from './wim-path.ts';

test.each(['/', '/Windows/System32/config/SOFTWARE', '/Program Files (x86)/政务 版.txt', '/a..b/c.'])(
  '%s is a path',
  (path) => expect(() => assertWimPath(path)).not.toThrow(),
);

test.each([
  ['/a"b', 'quotes'],
  ["/a'b", 'quotes'],
  ['/a\nb', 'control characters'],
  ['/a\\b', 'backslashes'],
  ['/a/../b', '"." or ".." segments'],
  ['/..', '"." or ".." segments'],
  ['/a//b', 'empty segments'],
  ['Windows', 'other start'],
  ['', 'other start'],
])('%j is refused for its %s', (path, forbidden) => {
  expect(() => assertWimPath(path)).toThrow(
    expect.objectContaining({ code: 'WINDOWS_WIM_PATH', params: { path, forbidden } }),
  );
});
