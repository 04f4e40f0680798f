import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { existsInside, matchInside, placeInside, resolveInside } from './inside.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'imprint-inside-'));
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
  symlinkSync('usr/lib', join(root, 'lib'));
  symlinkSync('/usr', join(root, 'absolute'));
  symlinkSync('../../../../etc', join(root, 'escape'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('links in the way are followed inside the image', () => {
  expect(resolveInside(root, '/lib/a')).toBe(join(root, 'usr/lib/a'));
  expect(resolveInside(root, '/absolute/lib/a')).toBe(join(root, 'usr/lib/a'));
});

test('nothing leads out of the image', () => {
  expect(resolveInside(root, '/escape/passwd')).toBe(join(root, 'etc/passwd'));
  expect(resolveInside(root, '/../../etc/passwd')).toBe(join(root, 'etc/passwd'));
});

test('the last part is the path itself, link or not', () => {
  expect(resolveInside(root, '/lib')).toBe(join(root, 'lib'));
  expect(existsInside(root, '/escape')).toBe(true);
});

test('links that turn in a circle are an error, not a hang', () => {
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  expect(() => resolveInside(root, '/a/x')).toThrow('too many links');
});

test('parents are made where the path lies', () => {
  writeFileSync(placeInside(root, '/lib/new/file'), '');
  expect(existsInside(root, '/usr/lib/new/file')).toBe(true);
});

test('a star matches within one name only, and hidden files only when asked', () => {
  for (const name of ['a.log', 'b.log', '.hidden.log', 'c.txt'])
    writeFileSync(join(root, 'usr/lib', name), '');
  expect(matchInside(root, '/lib/*.log')).toEqual(['/lib/a.log', '/lib/b.log']);
  expect(matchInside(root, '/lib/.*.log')).toEqual(['/lib/.hidden.log']);
  expect(matchInside(root, '/gone/*')).toEqual([]);
});
