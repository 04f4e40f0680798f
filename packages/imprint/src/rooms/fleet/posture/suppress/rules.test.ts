import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counts, devicesOf, type Group, type Hidden, states, suppress } from './rules.ts';

const of = (ok: number, stale = 0, unknown = 0, failing = 0, absent = 0): Counts => ({
  ok,
  stale,
  unknown,
  failing,
  absent,
});
const leaf = (key: string, counts: Counts): Group => ({ key, counts, divisions: [] });
const sum = (groups: readonly Group[]): Counts =>
  groups.reduce(
    (total, { counts }) => ({
      ok: total.ok + counts.ok,
      stale: total.stale + counts.stale,
      unknown: total.unknown + counts.unknown,
      failing: total.failing + counts.failing,
      absent: total.absent + counts.absent,
    }),
    of(0),
  );
const over = (key: string, parts: readonly Group[]): Group => ({
  key,
  counts: sum(parts),
  divisions: [parts],
});
const said = (group: Group, hidden: Hidden | undefined) =>
  states.map((state) => (hidden?.has(state) ? '·' : group.counts[state]));

describe('what is said of few devices', () => {
  it('is everything where no count is small', () => {
    const parts = [leaf('a', of(900, 0, 12, 7)), leaf('b', of(40, 8))];
    const hidden = suppress(over('all', parts), 5);
    expect([...hidden.values()].every((one) => one.size === 0)).toBe(true);
  });

  it('hides a small count, and what would give it away, and keeps the rest', () => {
    const [a, b, c] = [leaf('a', of(900, 30, 20, 2)), leaf('b', of(400, 0, 0, 7)), leaf('c', of(50, 0, 9))];
    const all = over('all', [a, b, c]);
    const hidden = suppress(all, 5);
    expect(said(a, hidden.get(a))).toEqual(['·', 30, 20, '·', 0]);
    expect(said(b, hidden.get(b))).toEqual(['·', 0, 0, '·', 0]);
    expect(said(c, hidden.get(c))).toEqual([50, 0, 9, 0, 0]);
    expect(said(all, hidden.get(all))).toEqual([1350, 30, 29, 9, 0]);
  });

  it('is nothing of a group of few, nor of the next smallest, which would give it away', () => {
    const [a, b, c] = [leaf('a', of(3)), leaf('b', of(20)), leaf('c', of(90))];
    const hidden = suppress(over('all', [a, b, c]), 5);
    expect([a, b].map((group) => hidden.get(group)?.has('devices'))).toEqual([true, true]);
    expect(hidden.get(c)?.size).toBe(0);
  });
});

const counts = fc.record({
  ok: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 })),
  stale: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 })),
  unknown: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 })),
  failing: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 })),
  absent: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 6 })),
});
/** Sectors of agencies, and the same devices by ring. */
const tables = fc
  .record({
    sectors: fc.array(fc.array(counts, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    dice: fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
  })
  .map(({ sectors, dice }) => {
    const bySector = sectors.map((agencies, index) =>
      over(
        `sector ${index}`,
        agencies.map((one, number) => leaf(`agency ${index}.${number}`, one)),
      ),
    );
    const total = sum(bySector);
    const rings = [0, 1, 2].map((): Record<string, number> => ({ ...of(0) }));
    let throwing = 0;
    for (const state of states) {
      for (let device = 0; device < total[state]; device += 1) {
        const ring = rings[dice[throwing % dice.length] ?? 0];
        throwing += 1;
        if (ring !== undefined) ring[state] = (ring[state] ?? 0) + 1;
      }
    }
    const byRing = rings.map((one, index) => leaf(`ring ${index}`, one as unknown as Counts));
    return { key: 'all', counts: total, divisions: [bySector, byRing] } satisfies Group;
  });

type Column = (typeof states)[number] | 'devices';
const columns: readonly Column[] = [...states, 'devices'];
const groupsOf = (group: Group): Group[] => [group, ...group.divisions.flat().flatMap(groupsOf)];
const countOf = (group: Group, column: Column) =>
  column === 'devices' ? devicesOf(group) : group.counts[column];

/**
 * Looks for another table that agrees with all that is said and has another value in one cell. It moves one device in a group from
 * one column to another, in as many groups as it takes; `devices` as a column stands for a device more or fewer.
 */
function hasAnother(all: Group, hidden: ReadonlyMap<Group, Hidden>, group: Group, column: Column): boolean {
  const groups = groupsOf(all);
  for (const other of columns) {
    if (other === column) continue;
    // A device fewer in a state and at all, or fewer in one state and more in another.
    const steps = column === 'devices' || other === 'devices' ? ([1, 1] as const) : ([1, -1] as const);
    const options = groups.map((one) => {
      const movable = hidden.get(one)?.has(column) === true && hidden.get(one)?.has(other) === true;
      return [0, 1, -1].filter(
        (by) =>
          by === 0 ||
          (movable && countOf(one, column) + by * steps[0] >= 0 && countOf(one, other) + by * steps[1] >= 0),
      );
    });
    const moves = new Map<Group, number>();
    const agrees = (): boolean =>
      groups.every((whole) =>
        whole.divisions.every(
          (parts) =>
            parts.reduce((total, part) => total + (moves.get(part) ?? 0), 0) === (moves.get(whole) ?? 0),
        ),
      );
    const search = (index: number): boolean => {
      const one = groups[index];
      if (one === undefined) return moves.get(group) !== 0 && agrees();
      return (options[index] ?? [0]).some((by) => {
        moves.set(one, by);
        return search(index + 1);
      });
    };
    if (search(0)) return true;
  }
  return false;
}

describe('suppression', () => {
  it('says no small count and lets none be computed, in any division, whatever the counts', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 2, max: 5 }), (all, k) => {
        const hidden = suppress(all, k);
        for (const group of groupsOf(all)) {
          for (const column of columns) {
            const value = countOf(group, column);
            const isHidden = hidden.get(group)?.has(column) === true;
            if (value > 0 && value < k) expect(isHidden, `${group.key} ${column}`).toBe(true);
            if (isHidden && value > 0)
              expect(hasAnother(all, hidden, group, column), `${group.key} ${column}`).toBe(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('hides of every figure the same groups whole, so that no figure tells the number another hides', () => {
    fc.assert(
      fc.property(tables, (all) => {
        const turned = (group: Group): Group => ({
          key: group.key,
          counts: of(
            group.counts.absent,
            group.counts.failing,
            group.counts.unknown,
            group.counts.stale,
            group.counts.ok,
          ),
          divisions: group.divisions.map((parts) => parts.map(turned)),
        });
        const silent = (table: Group) => {
          const hidden = suppress(table, 4);
          return groupsOf(table)
            .filter((group) => hidden.get(group)?.has('devices'))
            .map(({ key }) => key);
        };
        expect(silent(turned(all))).toEqual(silent(all));
      }),
    );
  });
});
