import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDue, secondsAfterStart, secondsUntilNext } from './schedule.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait until the next cycle', () => {
  test('stays within ten per cent of what the server directs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 604_800 }), chance, (seconds, random) => {
        const wait = secondsUntilNext({ kind: 'directed', seconds }, random);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(seconds * 0.9));
        expect(wait).toBeLessThanOrEqual(Math.ceil(seconds * 1.1));
      }),
    );
  });

  test('is never earlier than a busy server asks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), fc.nat(100), chance, (asked, failures, random) => {
        const wait = secondsUntilNext({ kind: 'failed', failures, retryAfterSeconds: asked }, random);
        expect(wait).toBeGreaterThanOrEqual(Math.max(1, asked));
        expect(wait).toBeLessThanOrEqual(Math.max(1, asked * 2));
      }),
    );
  });

  test('grows with failures under full jitter, up to an hour', () => {
    const longest = (failures: number) => secondsUntilNext({ kind: 'failed', failures }, 0.999_999);
    expect([1, 2, 3, 4, 20, 1000].map(longest)).toEqual([4, 8, 16, 32, 3600, 3600]);
    expect(secondsUntilNext({ kind: 'failed', failures: 9 }, 0)).toBe(1);
  });

  test('is about five minutes without enrolment', () => {
    expect(secondsUntilNext({ kind: 'not-enrolled' }, 0.5)).toBe(300);
  });

  test('after a start is spread over at most half a minute', () => {
    expect(secondsAfterStart(3600, 0.999_999)).toBe(30);
    expect(secondsAfterStart(5, 0.999_999)).toBe(5);
    expect(secondsAfterStart(3600, 0)).toBe(1);
  });
});

describe('a directed instant', () => {
  const decided = '2026-11-23T06:00:00Z';
  const isDueAt = (due: string, now: string) => isDue(due, decided, new Date(now));

  test('has come once the clock says so, and not before', () => {
    expect(isDueAt('2026-11-23T06:10:00Z', '2026-11-23T06:09:59Z')).toBe(false);
    expect(isDueAt('2026-11-23T06:10:00Z', '2026-11-23T06:10:00Z')).toBe(true);
  });

  test('is not waited for by a clock that was set back, nor when it is further away than any direction', () => {
    expect(isDueAt('2026-11-23T06:10:00Z', '2026-11-22T00:00:00Z')).toBe(true);
    expect(isDueAt('2027-11-23T06:10:00Z', '2026-11-23T07:00:00Z')).toBe(true);
    expect(isDueAt('never', '2026-11-23T07:00:00Z')).toBe(true);
  });
});
