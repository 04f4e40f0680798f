import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDebianVersions } from './debian-version.ts';

/** dpkg's own answer. */
function dpkgSays(a: string, operator: 'lt' | 'eq' | 'gt', b: string): boolean {
  return spawnSync('dpkg', ['--compare-versions', a, operator, b]).status === 0;
}

const operatorOf = (order: number) => (order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq');

const part = fc.string({ unit: fc.constantFrom(...'0019aZ.+~'), minLength: 0, maxLength: 8 });
const version = fc
  .record({
    epoch: fc.option(fc.integer({ min: 0, max: 2 })),
    upstream: part,
    revision: fc.option(part.map((text) => `0${text}`)),
  })
  .map(
    ({ epoch, upstream, revision }) =>
      `${epoch === null ? '' : `${epoch}:`}1${upstream}${revision === null ? '' : `-${revision}`}`,
  );

test('orders any two versions as dpkg does', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(dpkgSays(a, operatorOf(compareDebianVersions(a, b)), b), `${a} against ${b}`).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test.each([
  ['1.0~rc1', '1.0', -1],
  ['1.0', '1.0+b1', -1],
  ['1.0-1', '1.0-1+deb13u1', -1],
  ['1:0.9', '2.0', 1],
  ['0:1.0', '1.0', 0],
  ['1.0-0', '1.0', 0],
  ['1.10', '1.9', 1],
  ['1.00000000000000000000002', '1.00000000000000000000010', -1],
  ['2.0a', '2.0.1', -1],
])('%s against %s', (a, b, order) => {
  expect(Math.sign(compareDebianVersions(a, b))).toBe(order);
  expect(dpkgSays(a, operatorOf(order), b)).toBe(true);
});
