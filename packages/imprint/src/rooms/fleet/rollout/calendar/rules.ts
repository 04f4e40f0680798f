import type { Schedule } from '../model.ts';
import { addDays, instantOf, isTimeZone, localDateOf, weekdayOf } from './zone-rules.ts';

/** From an instant to another, in milliseconds; open at its end. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** How far a window is looked for: beyond it, it counts as never opening. */
export const horizonDays = 400;
const dayMs = 86_400_000;

/** What is wrong with a schedule; undefined when it is sound. */
export function scheduleProblem(schedule: Schedule, now: Date): 'zone' | 'never' | undefined {
  if (!isTimeZone(schedule.timeZone)) return 'zone';
  return nextOpening([schedule], now) === undefined ? 'never' : undefined;
}

/** Intervals of a schedule that touch a span, in order, those that overlap joined. */
export function openings(schedule: Schedule, { from, to }: Interval): Interval[] {
  const { timeZone, weekly, holidays = [] } = schedule;
  const found: Interval[] = [];
  const last = addDays(localDateOf(timeZone, to), 1);
  // An interval of the day before may reach into the span.
  for (let date = addDays(localDateOf(timeZone, from), -1); date <= last; date = addDays(date, 1)) {
    if (holidays.includes(date)) continue;
    const weekday = weekdayOf(date);
    for (const interval of weekly) {
      if (!interval.days.includes(weekday)) continue;
      const isOverMidnight = interval.to <= interval.from;
      const start = instantOf(timeZone, date, interval.from, 'first');
      const end = instantOf(timeZone, isOverMidnight ? addDays(date, 1) : date, interval.to, 'last');
      if (end > start && end > from && start < to) found.push({ from: start, to: end });
    }
  }
  return joined(found);
}

/** The interval in which every schedule is open at or after an instant, the nearest one; undefined when there is none. */
export function nextOpening(schedules: readonly Schedule[], after: Date): Interval | undefined {
  const start = after.getTime();
  if (schedules.length === 0) return { from: start, to: Number.POSITIVE_INFINITY };
  // Most windows open within two weeks: only those that do not are looked for further.
  for (const [first, days] of [
    [0, 14],
    [14, horizonDays],
  ] as const) {
    const span = { from: start + first * dayMs, to: start + days * dayMs };
    const common = commonOpenings(schedules, span).find(({ to }) => to > start);
    if (common !== undefined) return common;
  }
  return undefined;
}

/** True when every schedule is open. */
export function isOpen(schedules: readonly Schedule[], at: Date): boolean {
  const span = { from: at.getTime(), to: at.getTime() + 1 };
  return schedules.every((schedule) => openings(schedule, span).some(({ from }) => from <= span.from));
}

/** Intervals in which all schedules are open. */
export function commonOpenings(schedules: readonly Schedule[], span: Interval): Interval[] {
  const [first = [], ...others] = schedules.map((schedule) => openings(schedule, span));
  return others.reduce<Interval[]>((common, next) => intersection(common, next), first);
}

function intersection(one: readonly Interval[], other: readonly Interval[]): Interval[] {
  const common: Interval[] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [a, b] = [one[i] as Interval, other[j] as Interval];
    const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
    if (from < to) common.push({ from, to });
    if (a.to < b.to) i += 1;
    else j += 1;
  }
  return common;
}

function joined(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && next.from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    } else result.push(next);
  }
  return result;
}
