import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodReport } from '../../../../../test/support/test-device.ts';
import type { RingPlan } from '../model.ts';
import {
  compareVersions,
  type Deferral,
  installWindow,
  offerOf,
  readReport,
  standingAfter,
} from './rules.ts';

const openedAt = new Date('2026-03-02T08:00:00Z');
const dayMs = 86_400_000;
const plan: RingPlan = { rings: [], silenceHours: 48, deferralCapDays: 10 };
const target = { sha256: 'b'.repeat(64), version: '2026.12.0', sequence: 2 };

describe('an offer', () => {
  const level = fc.integer({ min: 1, max: 4 });
  const pathOf = (depth: number) => `/${'x/'.repeat(depth)}`;
  const deferral = fc.record({
    agencyPath: level.map(pathOf),
    delayDays: fc.nat(20),
    isPaused: fc.boolean(),
    pausedUntil: fc.nat(30).map((days) => new Date(openedAt.getTime() + days * dayMs)),
  });

  it('only ever comes later by what agencies say, and never after the cap', () => {
    fc.assert(
      fc.property(fc.array(deferral), deferral, level, fc.boolean(), (before, one, depth, isEmergency) => {
        const offer = (deferrals: readonly Deferral[]) =>
          offerOf(plan, {}, openedAt, deferrals, pathOf(depth), isEmergency);
        const [without, withIt] = [offer(before), offer([...before, one])];
        expect(withIt.from).toBeGreaterThanOrEqual(without.from);
        expect(withIt.from).toBeGreaterThanOrEqual(openedAt.getTime());
        expect(withIt.from).toBeLessThanOrEqual(withIt.deadline);
        expect(withIt.deadline).toBe(openedAt.getTime() + 10 * dayMs);
      }),
    );
  });

  it('is not put off by an agency beside or below', () => {
    const below = { agencyPath: '/a/b/', delayDays: 5, isPaused: true };
    expect(offerOf(plan, {}, openedAt, [below], '/a/', false).from).toBe(openedAt.getTime());
    expect(offerOf(plan, {}, openedAt, [below], '/a/c/', false).from).toBe(openedAt.getTime());
  });

  it('whose window opens too late or never is installed at its deadline', () => {
    const sunday = { timeZone: 'UTC', weekly: [{ days: [7], from: '01:00', to: '02:00' }] };
    const offer = offerOf(
      { ...plan, deferralCapDays: 3 },
      { installWindows: sunday },
      openedAt,
      [],
      '/a/',
      false,
    );
    expect(installWindow(offer, openedAt)).toEqual({ from: '2026-03-05T08:00:00.000Z' });
    expect(installWindow(offer, new Date(offer.deadline))).toBeUndefined();
  });
});

describe('a report', () => {
  const report = (version: string, rollout?: object) => {
    const good = goodReport(openedAt);
    const edition = { ...good.edition, version };
    return { ...good, edition, ...(rollout === undefined ? {} : { rollout }) } as ReturnType<
      typeof goodReport
    >;
  };
  const told = (step: string, more = {}) => ({
    releaseSha256: target.sha256,
    step,
    since: openedAt.toISOString(),
    ...more,
  });

  it.each([
    ['says nothing of the target', '2026.11.0', undefined, undefined, undefined],
    ['downloads', '2026.11.0', told('downloading'), undefined, 'pending'],
    [
      'installed it and is healthy',
      '2026.12.0',
      told('installed', { healthy: true }),
      undefined,
      'succeeded',
    ],
    ['installed it and is not', '2026.12.0', told('installed', { healthy: false }), undefined, 'unhealthy'],
    ['installed it and does not know', '2026.12.0', told('installed'), undefined, 'pending'],
    ['claims it and runs another', '2026.11.0', told('installed', { healthy: true }), undefined, 'fell-back'],
    ['gave up', '2026.11.0', told('failed'), undefined, 'failed'],
    ['went back and says so', '2026.11.0', told('fell-back'), 'succeeded', 'fell-back'],
    ['went back and says nothing', '2026.11.0', undefined, 'succeeded', 'fell-back'],
    ['runs it still and says nothing', '2026.12.0', undefined, 'succeeded', undefined],
    [
      'speaks of another release',
      '2026.11.0',
      told('failed', { releaseSha256: 'c'.repeat(64) }),
      undefined,
      undefined,
    ],
  ])('of a device that %s', (_what, version, rollout, before, outcome) => {
    expect(readReport(report(version, rollout), target, [], before as never)?.outcome).toBe(outcome);
  });

  it('that says nothing of what was halted leaves what it said before', () => {
    const good = report(target.version);
    const release = { ...good.release, state: 'ok' as const, sha256: target.sha256 };
    const outcome = (before: 'succeeded' | 'unhealthy' | 'pending') =>
      readReport({ ...good, release }, target, [], before)?.outcome;
    expect([outcome('unhealthy'), outcome('succeeded'), outcome('pending')]).toEqual([
      undefined,
      undefined,
      'pending',
    ]);
  });

  it('that says nothing new leaves a device where it stands, and a failed one failed', () => {
    const open = { phase: 'open' } as const;
    expect(standingAfter(undefined, 'failed', open, 'active', false)).toBe('failed');
    expect(standingAfter(undefined, 'deferred', open, 'active', false)).toBe('pending');
    expect(standingAfter(undefined, 'pending', open, 'active', true)).toBe('deferred');
    expect(standingAfter(undefined, undefined, open, 'halted', false)).toBeUndefined();
    expect(standingAfter(undefined, undefined, { phase: 'waiting' }, 'active', false)).toBeUndefined();
    const installing = { outcome: 'pending', step: 'installing' } as const;
    expect(standingAfter(installing, 'pending', open, 'active', true)).toBe('pending');
  });
});

describe('versions', () => {
  it('are ordered by their numbers', () => {
    const sorted = ['2026.9.0', '2026.11.0', '2026.11.2', '2026.11.10', '2027.1'];
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
    expect(compareVersions('2026.11', '2026.11.0')).toBe(0);
  });
});
