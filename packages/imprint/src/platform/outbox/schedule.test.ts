import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximumAttempts, retryDelayMs } from './schedule.ts';

describe('the delay before the next attempt', () => {
  it('doubles from 5 s to an hour, between half and all of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, random) => {
          const full = Math.min(3_600_000, 5000 * 2 ** (n - 1));
          const delay = retryDelayMs(n, random);
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });

  it('gives a receiver that is down hours to come back before the message is given up on', () => {
    const leastMs = Array.from({ length: maximumAttempts - 1 }, (_, n) => retryDelayMs(n + 1, 0));
    expect(leastMs.reduce((sum, ms) => sum + ms) / 3_600_000).toBeGreaterThan(2.5);
  });
});
