import { createHash } from 'node:crypto';
import type { HardwareFacts, LicenceState } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daySeconds, issuedAt, leaseClaims } from '../testing/licence.ts';
import { type FactKind, factDigest, isSameHardware, matchOfFacts } from './facts.ts';
import { graceDays, leaseDays, renewAfter, renewIntervalDays, retryDelayMs } from './schedule.ts';
import { licenceStateOf, withheldIn } from './state.ts';
import { typedFactKinds } from './typed-request.ts';

const day = daySeconds * 1000;
const hour = day / 24;

describe('the state of a licence', () => {
  const lease = leaseClaims();
  const fine = { isClockSuspect: false, isRevoked: false, isDuplicate: false };
  const at = (seconds: number) => licenceStateOf({ ...fine, lease, nowMs: seconds * 1000 });

  test('goes from active over renewal due and grace to restricted, each at its second', () => {
    const moments = [lease.iat, lease.renew - 1, lease.renew, lease.exp - 1, lease.exp];
    expect(moments.map(at)).toEqual(['active', 'active', 'renewal_due', 'renewal_due', 'grace']);
    const end = lease.exp + lease.grace;
    expect([end - 1, end].map(at)).toEqual(['grace', 'restricted']);
  });

  const order: readonly LicenceState[] = ['active', 'renewal_due', 'grace', 'restricted'];
  const flags = fc.record({
    isClockSuspect: fc.boolean(),
    isRevoked: fc.boolean(),
    isDuplicate: fc.boolean(),
  });
  const seconds = fc.integer({ min: issuedAt - 400 * daySeconds, max: issuedAt + 400 * daySeconds });

  test('only goes forward as the licence clock does', () => {
    fc.assert(
      fc.property(seconds, seconds, (one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)].map((time) =>
          order.indexOf(at(time)),
        );
        expect(later).toBeGreaterThanOrEqual(earlier ?? 0);
      }),
    );
  });

  test('is never restricted before the end of grace, and withholds feature updates or nothing', () => {
    fc.assert(
      fc.property(seconds, flags, fc.boolean(), (time, facts, isHeld) => {
        const state = licenceStateOf({ ...facts, lease: isHeld ? lease : undefined, nowMs: time * 1000 });
        if (state === 'restricted') expect(time).toBeGreaterThanOrEqual(lease.exp + lease.grace);
        const isLicensed = isHeld && !facts.isRevoked && time < lease.exp + lease.grace;
        expect(withheldIn(state)).toEqual(isLicensed ? [] : ['feature-update']);
      }),
    );
  });

  test('a suspect clock consumes no grace, and the licence clock alone ends the lease', () => {
    const suspect = (time: number) =>
      licenceStateOf({ ...fine, isClockSuspect: true, lease, nowMs: time * 1000 });
    expect([lease.iat, lease.exp + 1].map(suspect)).toEqual(['clock_suspect', 'clock_suspect']);
    expect(suspect(lease.exp + lease.grace)).toBe('restricted');
  });

  test('without a lease it is unactivated; revoked outranks the rest; a duplicate keeps working until its lease ends', () => {
    const held = { ...fine, lease, nowMs: issuedAt * 1000 };
    expect(licenceStateOf({ ...fine, nowMs: 0 })).toBe('unactivated');
    expect(licenceStateOf({ ...held, isRevoked: true, isDuplicate: true })).toBe('revoked');
    expect(licenceStateOf({ ...held, isDuplicate: true, isClockSuspect: true })).toBe('duplicate_suspect');
  });
});

describe('renewals', () => {
  const from = issuedAt * 1000;
  const fleet = (name: string) =>
    Array.from({ length: 100_000 }, (_, at) =>
      createHash('sha256').update(`${name} ${at}`).digest('base64url'),
    );
  const ids = fleet('device');
  const perHourOf = (some: readonly string[]) => {
    const perHour = new Map<number, number>();
    for (const id of some) {
      const slot = Math.floor((renewAfter(id, from, true) - from) / hour);
      perHour.set(slot, (perHour.get(slot) ?? 0) + 1);
    }
    return perHour;
  };

  test('of 100 000 devices activated at once come to at most 653 in any hour of the week after', () => {
    const perHour = perHourOf(ids);
    expect([...perHour.values()].reduce((sum, count) => sum + count)).toBe(ids.length);
    expect(Math.min(...perHour.keys())).toBe(renewIntervalDays * 24);
    expect(Math.max(...perHour.keys())).toBe(2 * renewIntervalDays * 24 - 1);
    expect(Math.max(...perHour.values())).toBeLessThanOrEqual(653);
  });

  test('of other fleets exceed the mean of 595 by no more than chance does: a fifth', () => {
    for (const name of ['desk', 'school', 'ministry'])
      expect(Math.max(...perHourOf(fleet(name)).values())).toBeLessThanOrEqual(714);
  });

  test('come at the same place of every week, a day late or not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ids.slice(0, 500)),
        fc.array(fc.nat(day), { maxLength: 25 }),
        (id, delays) => {
          const first = renewAfter(id, from, true);
          expect(first - from).toBeGreaterThanOrEqual(7 * day);
          delays.reduce((due, delay) => {
            const next = renewAfter(id, due + delay);
            expect(next - due).toBe(7 * day);
            return next;
          }, first);
        },
      ),
    );
  });

  test('a lease outlasts 24 of them, and its grace four more', () => {
    expect(Math.floor(leaseDays / renewIntervalDays) - 1).toBe(24);
    expect(Math.floor(graceDays / renewIntervalDays)).toBe(4);
  });

  test('are retried after a random part of a bound that doubles from a minute to a day', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), random, (failures, share) => {
        const delay = retryDelayMs(failures, share);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(day);
        if (failures <= 10) expect(delay).toBeLessThan(60_000 * 2 ** (failures - 1));
      }),
    );
    const half = [1, 2, 3, 11, 12, 5000].map((failures) => retryDelayMs(failures, 0.5) / 60_000);
    expect(half).toEqual([0.5, 1, 2, 512, 720, 720]);
  });
});

describe('hardware facts', () => {
  const kinds: readonly FactKind[] = ['tpm', 'board', 'disk', 'cpu', 'memory'];
  const facts = (...values: readonly (readonly [FactKind, string])[]): HardwareFacts =>
    Object.fromEntries(values.map(([kind, value]) => [kind, factDigest(kind, value)]));
  const all = (changes: Partial<Record<FactKind, string>> = {}) =>
    facts(...kinds.map((kind) => [kind, changes[kind] ?? 'same'] as const));

  test('are digests of 12 bytes that differ with kind and value', () => {
    expect(factDigest('disk', 'WD-1')).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(new Set([factDigest('disk', 'a'), factDigest('disk', 'b'), factDigest('cpu', 'a')]).size).toBe(3);
  });

  test.each<[string, HardwareFacts, HardwareFacts, number, boolean]>([
    ['all the same', all(), all(), 1, true],
    ['another disk, processor and memory', all(), all({ disk: 'x', cpu: 'x', memory: 'x' }), 8 / 12, true],
    ['another board', all(), all({ board: 'x' }), 8 / 12, true],
    ['another board and processor', all(), all({ board: 'x', cpu: 'x' }), 7 / 12, false],
    [
      'a TPM no longer seen, another disk',
      all(),
      { ...facts(['board', 'same'], ['cpu', 'same'], ['memory', 'same']) },
      6 / 12,
      false,
    ],
    ['a TPM not stored', facts(['board', 'same'], ['disk', 'same']), all(), 1, true],
    ['nothing stored', {}, all(), 1, true],
    ['nothing seen', all(), {}, 0, false],
  ])('%s', (_name, stored, seen, match, isSame) => {
    expect(matchOfFacts(stored, seen)).toBeCloseTo(match, 10);
    expect(isSameHardware(stored, seen)).toBe(isSame);
  });

  test('that a typed code cannot carry count neither way', () => {
    const stored = facts(['board', 'same'], ['disk', 'same'], ['cpu', 'same'], ['memory', 'same']);
    const seen = facts(['board', 'same']);
    expect(isSameHardware(stored, seen)).toBe(false);
    expect(isSameHardware(stored, seen, typedFactKinds)).toBe(true);
    expect(isSameHardware(stored, facts(['board', 'x']), typedFactKinds)).toBe(false);
  });

  test('match from 0 to 1, fully with themselves, and more the more of them agree', () => {
    const some = fc.subarray([...kinds]);
    fc.assert(
      fc.property(some, some, some, (stored, equal, more) => {
        const known = facts(...stored.map((kind) => [kind, 'same'] as const));
        const seen = (same: readonly FactKind[]) =>
          facts(...kinds.map((kind) => [kind, same.includes(kind) ? 'same' : 'x'] as const));
        const match = matchOfFacts(known, seen(equal));
        expect(match).toBeGreaterThanOrEqual(0);
        expect(match).toBeLessThanOrEqual(matchOfFacts(known, seen([...equal, ...more])));
        expect(matchOfFacts(known, known)).toBe(1);
      }),
    );
  });
});
