import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeast, readInventoryText, setMovements } from './rules.ts';

describe('an inventory', () => {
  it('is read line by line', () => {
    expect(readInventoryText('bash 5.2.15-2+b2 amd64\nlibc6 2.36-9+deb12u9 amd64\n')).toEqual([
      { name: 'bash', version: '5.2.15-2+b2', architecture: 'amd64' },
      { name: 'libc6', version: '2.36-9+deb12u9', architecture: 'amd64' },
    ]);
    expect(readInventoryText('')).toEqual([]);
  });

  it.each([
    ['not ended', 'bash 1 amd64'],
    ['not sorted', 'b 1 amd64\na 1 amd64\n'],
    ['with a line twice', 'a 1 amd64\na 1 amd64\n'],
    ['with another line', 'a 1 amd64\nthis is no package\n'],
    ['with an empty line', 'a 1 amd64\n\n'],
    ['with a carriage return', 'a 1 amd64\r\n'],
    ['with a long line', `a ${'1'.repeat(300)} amd64\n`],
    [
      'with too many lines',
      Array.from({ length: 20_001 }, (_, index) => `p${10_000 + index} 1 all\n`).join(''),
    ],
  ])('%s is none', (_name, text) => {
    expect(readInventoryText(text)).toBeUndefined();
  });
});

describe('a number said of others', () => {
  it('never tells fewer than the step from none, and is never too high', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 20 }), (devices, k) => {
        const said = atLeast(devices, k);
        expect(said % k).toBe(0);
        expect(said).toBeLessThanOrEqual(devices);
        expect(devices - said).toBeLessThan(k);
      }),
    );
  });
});

describe('counts of sets', () => {
  it('move by what devices had and have, and by nothing when they swap', () => {
    const of = (deviceId: string, sha256: string | undefined, agencyPath = '/A/') => ({
      deviceId,
      agencyPath,
      sha256,
    });
    expect(setMovements([{ before: undefined, after: of('1', 'x') }])).toEqual([
      { sha256: 'x', agencyPath: '/A/', by: 1 },
    ]);
    expect(
      setMovements([
        { before: of('1', 'x'), after: of('1', 'y') },
        { before: of('2', 'y'), after: of('2', 'x') },
      ]),
    ).toEqual([]);
    expect(setMovements([{ before: of('1', 'x'), after: of('1', undefined) }])).toEqual([
      { sha256: 'x', agencyPath: '/A/', by: -1 },
    ]);
  });
});
