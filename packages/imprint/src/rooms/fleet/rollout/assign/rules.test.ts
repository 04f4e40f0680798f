import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupStep, Ring } from '../model.ts';
import { assign, groupsOf, type Placeable, placer, positionOf } from './rules.ts';

const nation = '/01AAAAAAAAAAAAAAAAAAAAAAAA/';
const energy = `${nation}01BBBBBBBBBBBBBBBBBBBBBBBB/`;
const sectorOf = (path: string) => (path.startsWith(energy) ? 'energy' : undefined);
const idOf = (number: number) => createHash('sha256').update(`device ${number}`).digest('base64url');
const fleet = (size: number, start = 0): Placeable[] =>
  Array.from({ length: size }, (_, index) => ({
    id: idOf(start + index),
    agencyPath: index % 3 === 0 ? energy : nation,
  }));

const ringOf = (
  name: string,
  select: Ring['select'],
  groups: GroupStep[] = [],
  more: Partial<Ring> = {},
): Ring => ({
  name,
  select,
  offsetDays: 0,
  groups,
  thresholds: { successPercent: 90, errorPercent: 10, minimumSample: 1 },
  soakHours: 1,
  ...more,
});

const step = fc.oneof(
  fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ count: fc.integer({ min: 1, max: 50 }) }),
);
const ring = fc
  .tuple(
    fc.oneof(
      fc.constant({ agencyPath: energy }),
      fc.constant({ sector: 'energy' as const }),
      fc.record({ devices: fc.array(fc.nat(60).map(idOf), { minLength: 1, maxLength: 8 }) }),
      fc.record({ percentOfRest: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ countOfRest: fc.integer({ min: 1, max: 30 }) }),
    ),
    fc.array(step, { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([select, groups, safeMode]) => ringOf('ring', select, groups, { safeMode }));
const ground = fc.record({
  rings: fc.array(ring, { minLength: 1, maxLength: 5 }),
  seed: fc.string({ maxLength: 20 }),
  size: fc.nat(80),
});

describe('assignment', () => {
  it('gives every device one place, and counts what it gives', () => {
    fc.assert(
      fc.property(ground, ({ rings, seed, size }) => {
        const devices = fleet(size);
        const { cuts, planned, unassigned } = assign({ rings }, seed, devices, sectorOf);
        const placeOf = placer({ rings }, cuts, seed, sectorOf);
        const counts = rings.map((one) => groupsOf(one).map(() => 0));
        let nowhere = 0;
        for (const device of devices) {
          const place = placeOf(device, false);
          const groups = place === undefined ? undefined : counts[place.ring];
          if (place === undefined || groups === undefined) nowhere += 1;
          else groups[place.group] = (groups[place.group] ?? Number.NaN) + 1;
        }
        expect(counts).toEqual(planned);
        expect(nowhere).toBe(unassigned);
      }),
    );
  });

  it('is stable: who comes or goes moves nobody', () => {
    fc.assert(
      fc.property(ground, fc.nat(30), ({ rings, seed, size }, more) => {
        const devices = fleet(size);
        const { cuts } = assign({ rings }, seed, devices, sectorOf);
        const placeOf = placer({ rings }, cuts, seed, sectorOf);
        const before = devices.map((device) => placeOf(device, false));
        // The same cuts, asked again after others joined and in another order.
        for (const device of fleet(more, 1000)) placeOf(device, true);
        expect(devices.toReversed().map((device) => placeOf(device, false))).toEqual(before.toReversed());
      }),
    );
  });

  it('is monotone: whoever is in at a smaller share is in at a larger one', () => {
    const share = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(share, share, fc.nat(300), fc.string(), (one, other, size, seed) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        const devices = fleet(size);
        const inAt = (percent: number) => {
          const rings = [ringOf('all', { percentOfRest: 100 }, [{ percent }])];
          const { cuts } = assign({ rings }, seed, devices, sectorOf);
          const placeOf = placer({ rings }, cuts, seed, sectorOf);
          return new Set(devices.filter((device) => placeOf(device, false)?.group === 0).map(({ id }) => id));
        };
        const [few, many] = [inAt(small), inAt(large)];
        expect([...few].filter((id) => !many.has(id))).toEqual([]);
        expect(few.size).toBe(Math.ceil((size * small) / 100));
      }),
      { numRuns: 60 },
    );
  });

  it('of a fixed number takes nobody who came later', () => {
    const rings = [
      ringOf('five', { countOfRest: 5 }),
      ringOf('rest', { percentOfRest: 100 }, [], { safeMode: true }),
    ];
    const { cuts, planned } = assign({ rings }, 'seed', fleet(20), sectorOf);
    expect(planned).toEqual([[5], [1, 14]]);
    const placeOf = placer({ rings }, cuts, 'seed', sectorOf);
    const places = new Set(fleet(200, 5000).map((device) => JSON.stringify(placeOf(device, true))));
    expect([...places]).toEqual(['{"ring":1,"group":1}']);
  });

  it('of a ring without devices takes nobody and says so', () => {
    const rings = [ringOf('none', { sector: 'finance' }), ringOf('few', { countOfRest: 3 })];
    expect(assign({ rings }, 'seed', fleet(10), sectorOf)).toMatchObject({
      planned: [[0], [3]],
      unassigned: 7,
    });
    expect(assign({ rings }, 'seed', [], sectorOf)).toMatchObject({ planned: [[0], [0]], unassigned: 0 });
  });

  it('spreads positions evenly', () => {
    const low = fleet(4000).filter(({ id }) => positionOf('seed', id) < 2 ** 47).length;
    expect(low).toBeGreaterThan(1850);
    expect(low).toBeLessThan(2150);
  });
});
