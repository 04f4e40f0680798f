import type { LeaseClaims, LicenceState } from '@imprint/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Attempts } from './records.ts';
import { isRequestDue, waitMs } from './rules.ts';

const dayMs = 86_400_000;
const now = Date.parse('2026-11-23T06:00:00Z');
const lease = { renew: now / 1000, exp: now / 1000 + 86_400 * 170 } as LeaseClaims;
const attempts = (inMs: number): Attempts => ({
  deviceId: 'a',
  generation: 1,
  failures: 1,
  nextAt: new Date(now + inMs).toISOString(),
});
const seen = { state: 'active' as LicenceState, lease, nowMs: now, wallMs: now, attempts: undefined };

test.each([
  ['at its renewal', {}, true],
  ['before it', { nowMs: now - 1 }, false],
  ['without a lease', { state: 'unactivated', lease: undefined, nowMs: 0 }, true],
  ['revoked, before its renewal', { state: 'revoked', nowMs: 0 }, true],
  ['a duplicate, before its renewal', { state: 'duplicate_suspect', nowMs: 0 }, true],
  ['in the wait after a failure', { attempts: attempts(1) }, false],
  ['when that wait is over', { attempts: attempts(0) }, true],
  ['in a wait that only a clock which was set explains', { attempts: attempts(400 * dayMs) }, true],
] as const)('a device %s', (_what, change, isDue) => {
  expect(isRequestDue({ ...seen, ...change })).toBe(isDue);
});

test('a wait is never longer than a day, unless the server asks, and never shorter than that', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), random, (failures, chance) => {
      expect(waitMs(failures, undefined, chance)).toBeLessThanOrEqual(dayMs);
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 86_400 }),
      random,
      (failures, asked, chance) => {
        expect(waitMs(failures, asked, chance)).toBeGreaterThanOrEqual(asked * 1000);
      },
    ),
  );
});
