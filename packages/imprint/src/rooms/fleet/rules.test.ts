import type { DeviceReport } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodReport } from '../../../test/support/test-device.ts';
import { derivePosture, limitsFor, skewBeyond, worse } from './rules.ts';

const now = new Date('2026-11-23T08:00:00Z');
const limits = limitsFor(900);
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
const good = goodReport(now);
const postureOf = (changes: Partial<DeviceReport>, receivedAt = now) =>
  derivePosture({ report: { ...good, ...changes }, receivedAt }, now, limits);
const figure = (changes: Partial<DeviceReport>, name: string) =>
  postureOf(changes).figures.find((one) => one.name === name);

describe('posture', () => {
  it('is unknown for a device never heard of', () => {
    expect(derivePosture(undefined, now, limits)).toEqual({ state: 'unknown', figures: [] });
  });

  it('is ok when every figure is, each with its age', () => {
    const posture = postureOf({});
    expect(posture.state).toBe('ok');
    expect(posture.figures).toHaveLength(5);
    for (const { state, ageSeconds } of posture.figures) expect([state, ageSeconds]).toEqual(['ok', 0]);
  });

  it('counts what an edition only declares as what its device sees of it', () => {
    const observedAt = secondsAgo(60);
    const seen = { id: 'password', state: 'ok', observedAt } as const;
    expect(figure({ firstBoot: [seen] }, 'first-boot')).toMatchObject({ state: 'ok', ageSeconds: 60 });
    const unseen = { id: 'component:antivirus', state: 'unknown', observedAt, reason: 'declared' } as const;
    const posture = postureOf({ firstBoot: [seen, unseen] });
    expect(posture.state).toBe('unknown');
    expect(posture.figures.at(-1)).toMatchObject({
      name: 'first-boot',
      state: 'unknown',
      reason: 'declared',
    });
    expect(postureOf({ firstBoot: [] }).figures).toHaveLength(5);
  });

  it.each([
    ['active', 'ok'],
    ['renewal_due', 'ok'],
    ['grace', 'stale'],
    ['clock_suspect', 'unknown'],
    ['duplicate_suspect', 'failing'],
    ['unactivated', 'failing'],
    ['restricted', 'failing'],
    ['revoked', 'failing'],
  ] as const)('takes a licence that is %s as %s, and a device without one as before', (state, posture) => {
    const licence = { state, observedAt: secondsAgo(60), code: 'LICENSING_SEATS_EXHAUSTED' };
    expect(figure({ licence }, 'licence')).toMatchObject({ state: posture, ageSeconds: 60 });
    expect(figure({}, 'licence')).toBeUndefined();
  });

  it('is stale after three missed check-ins', () => {
    expect(postureOf({}, new Date(secondsAgo(2700))).state).toBe('ok');
    expect(postureOf({}, new Date(secondsAgo(2701))).state).toBe('stale');
  });

  it.each<[string, string, Partial<DeviceReport>, string]>([
    ['a refused release', 'release', { release: { ...good.release, code: 'TRUST_TUF_EXPIRED' } }, 'failing'],
    ['a package that differs', 'patch', { patch: { ...good.patch, differing: ['bash'] } }, 'failing'],
    [
      'real-time protection off',
      'antivirus',
      { antivirus: { ...good.antivirus, realTime: false } },
      'failing',
    ],
    [
      'definitions a month old',
      'antivirus',
      { antivirus: { ...good.antivirus, definitionsBuiltAt: secondsAgo(30 * 86_400) } },
      'stale',
    ],
    [
      'a core file that differs',
      'integrity',
      { integrity: { ...good.integrity, differing: ['/bin/sh'] } },
      'failing',
    ],
    [
      'a core file that differs, called ok',
      'integrity',
      { integrity: { ...good.integrity, state: 'ok', differing: ['/bin/sh'] } },
      'failing',
    ],
    [
      'a policy value other than intended, called ok',
      'policy',
      {
        policy: [{ id: 'usb', intended: 'deny', observed: 'allow', state: 'ok', observedAt: secondsAgo(0) }],
      },
      'failing',
    ],
    ['no policy at all', 'policy', { policy: [] }, 'unknown'],
    [
      'a fact from the future',
      'patch',
      { patch: { ...good.patch, observedAt: secondsAgo(-3600) } },
      'unknown',
    ],
    ['an ok nobody observed', 'patch', { patch: { state: 'ok' } }, 'unknown'],
    [
      'a fact from last week',
      'patch',
      { patch: { ...good.patch, observedAt: secondsAgo(7 * 86_400) } },
      'stale',
    ],
  ])('%s', (_what, name, changes, state) => {
    expect(figure(changes, name)).toMatchObject({ state });
    expect(postureOf(changes).state).toBe(state);
  });

  it('never gets better with time, and is as bad as its worst figure', () => {
    const states = ['ok', 'stale', 'unknown', 'failing'] as const;
    const observed = fc.record({
      state: fc.constantFrom(...states),
      age: fc.integer({ min: 0, max: 400_000 }),
    });
    fc.assert(
      fc.property(observed, observed, fc.integer({ min: 0, max: 400_000 }), (patch, integrity, later) => {
        const report = {
          ...good,
          patch: { state: patch.state, observedAt: secondsAgo(patch.age) },
          integrity: { state: integrity.state, observedAt: secondsAgo(integrity.age) },
        };
        const at = (when: Date) => derivePosture({ report, receivedAt: now }, when, limits);
        const [before, after] = [at(now), at(new Date(now.getTime() + later * 1000))];
        expect(worse(before.state, after.state)).toBe(after.state);
        for (const { state } of before.figures) expect(worse(before.state, state)).toBe(before.state);
      }),
    );
  });
});

describe('clocks', () => {
  it('may differ by ten minutes either way', () => {
    const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
    expect(skewBeyond(at(600), now)).toBeUndefined();
    expect(skewBeyond(at(-600), now)).toBeUndefined();
    expect(skewBeyond(at(601), now)).toBe(601);
    expect(skewBeyond(at(-31_536_000), now)).toBe(-31_536_000);
  });
});
