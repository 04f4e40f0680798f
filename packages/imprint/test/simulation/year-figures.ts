import type { Year, YearOptions } from './licence-year.ts';

export interface Spread {
  readonly peak: number;
  readonly mean: number;
  /** Peak over mean. */
  readonly ratio: number;
}

export function hoursOf({ perHour }: Year, fromDay: number, toDay: number): number[] {
  return [...perHour.subarray(fromDay * 24, toDay * 24)];
}

function spreadOf(hours: readonly number[]): Spread {
  const peak = Math.max(...hours);
  const mean = hours.reduce((sum, value) => sum + value, 0) / hours.length;
  return { peak, mean: Math.round(mean), ratio: Number((peak / mean).toFixed(2)) };
}

/** What a year came to: leases per hour in calm weeks and in the fortnight after the outage, and how often what was done. */
export function yearFigures(year: Year, { outage, days }: YearOptions) {
  const [from, to] = outage;
  const calm = [...hoursOf(year, 14, from), ...hoursOf(year, to + 14, days)];
  return {
    calm: spreadOf(calm),
    afterOutage: spreadOf(hoursOf(year, to, to + 14)),
    faults: year.faults,
    active: year.active,
    seats: year.seats,
    counts: Object.fromEntries([...year.counts].sort()),
  };
}
