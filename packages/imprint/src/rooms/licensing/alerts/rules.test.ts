import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertOf, percentOf, thresholdOf, thresholds } from './rules.ts';

const at = new Date('2026-03-01T08:00:00.000Z');
const node = (taken: number, ceiling: number, alerted: number) => ({
  id: 'NODE',
  entitlement_id: 'ENTITLEMENT',
  agency_id: 'AGENCY',
  taken,
  ceiling,
  alerted,
});

describe('a threshold', () => {
  it.each([
    [79, 100, 0],
    [80, 100, 80],
    [94, 100, 80],
    [95, 100, 95],
    [99, 100, 95],
    [100, 100, 100],
    [120, 100, 100],
    [0, 0, 0],
    [1, 1, 100],
    [2, 3, 0],
  ])('of %i seats taken of %i is %i', (taken, ceiling, threshold) => {
    expect(thresholdOf({ taken, ceiling })).toBe(threshold);
  });

  it('is one of those declared, never lower for more seats, and 100 exactly when all are taken', () => {
    const usage = fc.record({ taken: fc.nat(10_000), ceiling: fc.integer({ min: 1, max: 10_000 }) });
    fc.assert(
      fc.property(usage, ({ taken, ceiling }) => {
        const threshold = thresholdOf({ taken, ceiling });
        expect([0, ...thresholds]).toContain(threshold);
        expect(thresholdOf({ taken: taken + 1, ceiling })).toBeGreaterThanOrEqual(threshold);
        expect(threshold === 100).toBe(taken >= ceiling);
        expect(percentOf({ taken, ceiling })).toBeGreaterThanOrEqual(threshold);
      }),
    );
  });
});

describe('an alert', () => {
  it('carries figures, their time and the threshold that was crossed', () => {
    expect(alertOf(node(96, 100, 80), at)).toEqual({
      entitlementId: 'ENTITLEMENT',
      allocationId: 'NODE',
      agencyId: 'AGENCY',
      threshold: 95,
      taken: 96,
      ceiling: 100,
      percent: 96,
      asOf: '2026-03-01T08:00:00.000Z',
    });
  });

  it('is raised once for each time a threshold is crossed upwards, however usage moves', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 40 }), (usages) => {
        let alerted = 0;
        for (const taken of usages) {
          const alert = alertOf(node(taken, 10, alerted), at);
          expect(alert !== undefined).toBe(thresholdOf({ taken, ceiling: 10 }) > alerted);
          alerted = thresholdOf({ taken, ceiling: 10 });
          expect(alertOf(node(taken, 10, alerted), at)).toBeUndefined();
        }
      }),
    );
  });
});
