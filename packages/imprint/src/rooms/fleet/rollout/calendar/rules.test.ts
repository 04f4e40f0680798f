import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schedule } from '../model.ts';
import { commonOpenings, isOpen, nextOpening, openings, scheduleProblem } from './rules.ts';
import { offsetAt } from './zone-rules.ts';

const allDays = [1, 2, 3, 4, 5, 6, 7];
const daily = (timeZone: string, from: string, to: string): Schedule => ({
  timeZone,
  weekly: [{ days: allDays, from, to }],
});
const at = (text: string) => new Date(text);
const text = (interval: { from: number; to: number } | undefined) =>
  interval === undefined
    ? undefined
    : `${new Date(interval.from).toISOString()} – ${new Date(interval.to).toISOString()}`;

/** What a clock on the wall of the zone shows, asked of Intl in another way than the rules do. */
function wallClock(timeZone: string, instant: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    instant,
  );
}

const zoneNames = Intl.supportedValuesOf('timeZone');

describe('a window', () => {
  it('opens by the clock of its zone, on its days', () => {
    const shanghai: Schedule = {
      timeZone: 'Asia/Shanghai',
      weekly: [
        { days: [1, 2, 3, 4, 5], from: '12:00', to: '13:00' },
        { days: [1, 2, 3, 4, 5], from: '20:00', to: '06:00' },
      ],
      holidays: ['2026-10-01'],
    };
    // Wednesday, the last before the national day.
    expect(text(nextOpening([shanghai], at('2026-09-30T05:30:00Z')))).toBe(
      '2026-09-30T12:00:00.000Z – 2026-09-30T22:00:00.000Z',
    );
    expect(isOpen([shanghai], at('2026-09-30T21:59:59Z'))).toBe(true);
    // The holiday has no interval of its own; the next is Friday's noon.
    expect(text(nextOpening([shanghai], at('2026-09-30T22:00:00Z')))).toBe(
      '2026-10-02T04:00:00.000Z – 2026-10-02T05:00:00.000Z',
    );
  });

  it('that begins in an hour that is skipped begins at the skip', () => {
    const berlin = daily('Europe/Berlin', '02:30', '03:30');
    expect(text(nextOpening([berlin], at('2026-03-29T00:00:00Z')))).toBe(
      '2026-03-29T01:00:00.000Z – 2026-03-29T01:30:00.000Z',
    );
    // Wholly within the skipped hour: that day has none.
    const gone = daily('Europe/Berlin', '02:10', '02:50');
    expect(text(nextOpening([gone], at('2026-03-29T00:00:00Z')))).toBe(
      '2026-03-30T00:10:00.000Z – 2026-03-30T00:50:00.000Z',
    );
  });

  it('in an hour that comes twice is open both times', () => {
    expect(text(nextOpening([daily('Europe/Berlin', '02:00', '03:00')], at('2026-10-24T12:00:00Z')))).toBe(
      '2026-10-25T00:00:00.000Z – 2026-10-25T02:00:00.000Z',
    );
    expect(text(nextOpening([daily('America/New_York', '01:15', '01:45')], at('2026-11-01T00:00:00Z')))).toBe(
      '2026-11-01T05:15:00.000Z – 2026-11-01T06:45:00.000Z',
    );
  });

  it('skips the day that a zone skipped', () => {
    // Samoa went from the 29th to the 31st of December 2011.
    const apia = daily('Pacific/Apia', '10:00', '11:00');
    const span = { from: Date.parse('2011-12-29T12:00:00Z'), to: Date.parse('2012-01-01T00:00:00Z') };
    expect(openings(apia, span).map(({ from }) => wallClock('Pacific/Apia', from))).toEqual([
      '2011-12-29 10:00',
      '2011-12-31 10:00',
      '2012-01-01 10:00',
    ]);
  });

  it('that never opens is told apart from a zone that does not exist', () => {
    const all = Array.from({ length: 366 }, (_, day) =>
      new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    );
    const from = at('2026-01-02T00:00:00Z');
    const closed = { ...daily('UTC', '08:00', '09:00'), holidays: all };
    expect(scheduleProblem(closed, from)).toBeUndefined();
    expect(nextOpening([closed], from)?.from).toBe(Date.parse('2027-01-02T08:00:00Z'));
    expect(scheduleProblem(daily('Mars/Olympus', '08:00', '09:00'), from)).toBe('zone');
    const disjoint = [daily('UTC', '08:00', '09:00'), daily('UTC', '10:00', '11:00')];
    expect(nextOpening(disjoint, from)).toBeUndefined();
  });

  it('of two schedules is open where both are', () => {
    const both = [daily('UTC', '08:00', '12:00'), daily('Asia/Shanghai', '18:00', '23:00')];
    expect(text(nextOpening(both, at('2026-06-01T00:00:00Z')))).toBe(
      '2026-06-01T10:00:00.000Z – 2026-06-01T12:00:00.000Z',
    );
  });
});

describe('in every time zone', () => {
  const minutes = (value: number) =>
    `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
  const cases = {
    zone: fc.constantFrom(...zoneNames),
    start: fc.date({ min: at('1990-01-01T00:00:00Z'), max: at('2037-01-01T00:00:00Z'), noInvalidDate: true }),
    from: fc.integer({ min: 0, max: 1438 }),
    length: fc.integer({ min: 1, max: 1439 }),
    days: fc.uniqueArray(fc.constantFrom(...allDays), { minLength: 1 }),
  };
  const scheduled = fc.record(cases).map(({ zone, start, from, length, days }) => ({
    start,
    schedule: {
      timeZone: zone,
      weekly: [{ days, from: minutes(from), to: minutes((from + length) % 1440) }],
    } satisfies Schedule,
  }));

  it('a window opens within its hours by the wall clock, and after what was asked', () => {
    fc.assert(
      fc.property(scheduled, ({ schedule, start }) => {
        const opening = nextOpening([schedule], start);
        if (opening === undefined) throw new TypeError('every weekly window opens');
        expect(opening.to).toBeGreaterThan(opening.from);
        expect(opening.to).toBeGreaterThan(start.getTime());
        const [{ from }] = schedule.weekly as [Schedule['weekly'][number]];
        const shown = wallClock(schedule.timeZone, opening.from).slice(11);
        // At a skip the clock shows the hour after it.
        const before = wallClock(schedule.timeZone, opening.from - 60_000).slice(11);
        expect(shown === from || (before < from && shown > from) || before > shown).toBe(true);
        expect(isOpen([schedule], new Date(opening.from))).toBe(true);
        expect(isOpen([schedule], new Date(opening.to))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('being open at an instant and lying in an interval are the same', () => {
    fc.assert(
      fc.property(scheduled, fc.integer({ min: 0, max: 10_000 }), ({ schedule, start }, step) => {
        const span = { from: start.getTime(), to: start.getTime() + 8 * 86_400_000 };
        const probe = span.from + step * 60_000;
        const inside = commonOpenings([schedule], span).some(({ from, to }) => from <= probe && probe < to);
        expect(isOpen([schedule], new Date(probe))).toBe(inside);
      }),
      { numRuns: 200 },
    );
  });

  it('an offset does not change within a quarter of an hour', () => {
    for (const zone of zoneNames) {
      const quarter = Math.floor(Date.UTC(2026, 6, 1) / 900_000) * 900_000;
      expect(offsetAt(zone, quarter + 899_000), zone).toBe(offsetAt(zone, quarter));
    }
  });
});
