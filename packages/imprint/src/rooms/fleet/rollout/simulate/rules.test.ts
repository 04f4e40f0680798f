import { describe, expect, it } from 'vitest';
import type { Ring, RingPlan } from '../model.ts';
import { simulate } from './rules.ts';

const base = new Date('2026-03-02T08:00:00Z');
const ring = (name: string, more: Partial<Ring> = {}): Ring => ({
  name,
  select: { percentOfRest: 100 },
  offsetDays: 0,
  thresholds: { successPercent: 90, errorPercent: 10, minimumSample: 5 },
  soakHours: 48,
  ...more,
});
const plan: RingPlan = {
  rings: [ring('canary'), ring('rest', { offsetDays: 7, groups: [{ percent: 10 }] })],
  silenceHours: 48,
  deferralCapDays: 14,
};
const fleet = { planned: [[20], [100, 880]], offlineShare: 0.1, failurePercent: 1, answerHours: 24 };
const lines = (days: ReturnType<typeof simulate>['days']) =>
  days.map(({ day, offered, succeeded, failed, decisions }) =>
    [day, offered, succeeded, failed, ...decisions.map(({ code }) => code)].join(' '),
  );

describe('a simulation', () => {
  it('shows day by day what the engine would decide', () => {
    const { days, state, explanation } = simulate(plan, fleet, base);
    // Two of twenty stay away, so the thresholds hold only once they are no longer waited for.
    expect(lines(days)).toEqual([
      '2026-03-02 20 0 0 opened',
      '2026-03-03 20 18 0 held',
      '2026-03-05 20 18 0 passed',
      '2026-03-09 120 18 0 opened',
      '2026-03-10 120 107 1',
      '2026-03-11 120 107 1 held',
      '2026-03-13 1000 107 1 passed opened',
      '2026-03-14 1000 891 9',
      '2026-03-15 1000 891 9 held',
      '2026-03-17 1000 891 9 passed completed',
    ]);
    expect([state, explanation]).toEqual(['done', []]);
  });

  it('shows that and why it would halt', () => {
    const { days, state } = simulate(plan, { ...fleet, failurePercent: 12 }, base);
    expect(lines(days).at(-1)).toBe('2026-03-03 20 16 2 halted');
    expect(state).toBe('halted');
  });

  it('waits for the windows of a ring, and for the deadline where none opens', () => {
    const saturdays = { timeZone: 'Asia/Shanghai', weekly: [{ days: [6], from: '01:00', to: '05:00' }] };
    const windowed = (holidays: string[]): RingPlan => ({
      ...plan,
      rings: [ring('all', { installWindows: { ...saturdays, holidays } })],
    });
    const one = { ...fleet, planned: [[20]] };
    expect(lines(simulate(windowed([]), one, base).days)[1]).toBe('2026-03-07 20 18 0 held');
    const all = Array.from({ length: 430 }, (_, day) =>
      new Date(base.getTime() + (day - 5) * 86_400_000).toISOString().slice(0, 10),
    );
    expect(lines(simulate(windowed(all), one, base).days)[1]).toBe('2026-03-17 20 18 0 held');
  });

  it('of a fleet that is away ends with what it waits for', () => {
    const { state, explanation } = simulate(plan, { ...fleet, offlineShare: 1 }, base);
    expect(state).toBe('active');
    expect(explanation.map(({ code }) => code)).toEqual(['waitsForEvidence']);
  });
});
