import { describe, expect, it } from 'vitest';
import { simulateYear, type Year, type YearOptions } from './licence-year.ts';
import { hoursOf, yearFigures } from './year-figures.ts';

function live(options: YearOptions): Year {
  const year = simulateYear(options);
  process.stdout.write(`${JSON.stringify({ ...options, ...yearFigures(year, options) })}\n`);
  return year;
}

const nothing = { oversold: 0, miscounted: 0, restricted: 0, lost: 0 };
const counted = ({ counts }: Year, what: string) => counts.get(what) ?? 0;

describe('a year of leases', () => {
  it('sells no seat twice, loses none, and restricts no device that was heard of', () => {
    const year = live({ name: 'year', devices: 5000, days: 365, seed: 4, outage: [150, 157] });
    expect(year.faults).toEqual(nothing);
    const all = [
      'renew',
      're-image',
      'rebind',
      'suspect-duplicate',
      'revive',
      'lapse',
      'LICENSING_DUPLICATE',
    ];
    for (const what of all) expect([what, counted(year, what) > 0]).toEqual([what, true]);
  });

  it('spreads 100,000 devices over the week, and over a day after a week without a server', () => {
    const devices = 100_000;
    const options = { name: 'weeks', devices, days: 49, seed: 4, outage: [28, 35] } as const;
    const year = live(options);
    expect(year.faults).toEqual(nothing);
    const { calm, afterOutage } = yearFigures(year, options);
    // A week has 168 hours; a device keeps its own, so the fullest is five deviations above the mean at most.
    const even = devices / 168;
    expect(calm.peak).toBeLessThan(even + 5 * Math.sqrt(even));
    // Full jitter below a day: when the server is back, the wait that is left is more often short than long.
    expect(afterOutage.peak).toBeLessThan((2.5 * devices) / 24);
    const nextWeek = hoursOf(year, 43, 49);
    expect(Math.max(...nextWeek)).toBeLessThan(even + 5 * Math.sqrt(even));
  });
});
