import type { RevocationReason } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listClaims, listDue, needsSecond, type RevokedLeaseRow, revocationState } from './rules.ts';

const now = new Date('2026-03-02T08:00:00.000Z');
const at = now.getTime() / 1000;

const lease = (
  device_id: string,
  generation: number,
  reason: RevocationReason = 'retired',
): RevokedLeaseRow => ({
  device_id,
  generation,
  agency_path: '/N/',
  reason,
  revoked_at: now,
  until: new Date(now.getTime() + 1),
});

describe('a second person', () => {
  it('is needed from one more than one may revoke alone', () => {
    expect([needsSecond(10, 0, 10), needsSecond(11, 0, 10)]).toEqual([false, true]);
    expect([needsSecond(1, 9, 10), needsSecond(1, 10, 10)]).toEqual([false, true]);
  });
});

describe('what has become of a revocation', () => {
  const none = { proposed_at: now, applied_at: null, withdrawn_at: null, undone_at: null };
  const after = (days: number) => new Date(now.getTime() + days * 86_400_000);
  it.each([
    ['pending', none, 29.9],
    ['expired', none, 30],
    ['applied', { ...none, applied_at: now }, 31],
    ['withdrawn', { ...none, withdrawn_at: now }, 31],
    ['undone', { ...none, applied_at: now, undone_at: now }, 31],
  ])('is said: %s', (state, row, days) => {
    expect(revocationState(row, after(days))).toBe(state);
  });
});

describe('the list', () => {
  it('names each device once with its highest generation, the same whatever order it was read in', () => {
    const device = fc.constantFrom('a', 'b', 'c', 'd');
    const leases = fc.uniqueArray(fc.tuple(device, fc.integer({ min: 1, max: 9 })), {
      selector: ([id, generation]) => `${id} ${generation}`,
    });
    fc.assert(
      fc.property(leases, fc.nat(), (pairs, seed) => {
        const rows = pairs.map(([id, generation]) => lease(id, generation));
        const turned = [...rows.slice(seed % (rows.length + 1)), ...rows.slice(0, seed % (rows.length + 1))];
        const list = listClaims(7, rows, now);
        expect(listClaims(7, turned, now)).toEqual(list);
        const names = list.revoked.map(({ device: name }) => name);
        expect(names).toEqual([...new Set(names)].sort());
        for (const [id, generation] of pairs) {
          expect(list.revoked.find(({ device: name }) => name === id)?.generation).toBeGreaterThanOrEqual(
            generation,
          );
        }
      }),
    );
  });

  it.each([
    ['there is none', undefined, 0, 'due'],
    ['its number has grown', { number: 3, iat: at }, 4, 'due'],
    ['it is a week old', { number: 4, iat: at - 7 * 86_400 }, 4, 'due'],
    ['it is not', { number: 4, iat: at - 7 * 86_400 + 1 }, 4, 'current'],
    ['the database has gone back', { number: 5, iat: at - 99 * 86_400 }, 4, 'ahead'],
  ])('is due where %s', (_why, published, number, expected) => {
    expect(listDue(published, number, now)).toBe(expected);
  });
});
