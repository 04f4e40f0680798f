import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupCommitOptions, groupCommit } from './group-commit.ts';

interface Row {
  readonly key: string;
  readonly value: number;
}

const sqlError = (code: string) => Object.assign(new Error(code), { code });

/** A committer over a flush that remembers its batches; `-1` is a row no database would take. */
function committer(changes: Partial<GroupCommitOptions<Row, number>> = {}) {
  const batches: (readonly Row[])[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const commit = groupCommit<Row, number>({
    keyOf: (row) => row.key,
    flush: async (rows) => {
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      await sleep(1);
      inFlight -= 1;
      if (rows.some(({ value }) => value === -1)) throw sqlError('22P05');
      batches.push(rows);
      return rows.map(({ value }) => value * 2);
    },
    overloaded: () => new Error('overloaded'),
    refused: () => new Error('refused'),
    maxWaiting: 1000,
    ...changes,
  });
  return { commit, batches, mostInFlight: () => mostInFlight };
}

describe('group commit', () => {
  it('gives every caller the result of their own row, in sorted batches of distinct keys, two at most under way', async () => {
    const rows = fc.array(
      fc.record({ key: fc.constantFrom(...'abcdefgh'), value: fc.integer({ min: -1, max: 5 }) }),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 7 }), async (given, maxBatch) => {
        const { commit, batches, mostInFlight } = committer({ maxBatch });
        const results = await Promise.allSettled(given.map((row) => commit.add(row)));
        results.forEach((result, index) => {
          const { value } = given[index] as Row;
          if (value === -1)
            expect(result).toMatchObject({ status: 'rejected', reason: { message: 'refused' } });
          else expect(result).toEqual({ status: 'fulfilled', value: value * 2 });
        });
        for (const batch of batches) {
          const keys = batch.map(({ key }) => key);
          expect(keys).toEqual([...new Set(keys)].sort());
          expect(keys.length).toBeLessThanOrEqual(maxBatch);
        }
        expect(batches.flat()).toHaveLength(given.filter(({ value }) => value !== -1).length);
        expect(mostInFlight()).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });

  it('turns callers away when the queue is full, and takes them again afterwards', async () => {
    const { commit } = committer({ maxWaiting: 3, maxBatch: 1, maxInFlight: 1 });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, value) => commit.add({ key: `k${value}`, value })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(commit.add({ key: 'later', value: 1 })).resolves.toBe(2);
  });

  it('tries deadlocks again, and gives up on what does not pass', async () => {
    let left = 3;
    const flush = async (rows: readonly Row[]) => {
      left -= 1;
      if (left > 0) throw sqlError('40P01');
      return rows.map(({ value }) => value);
    };
    await expect(committer({ flush }).commit.add({ key: 'a', value: 7 })).resolves.toBe(7);
    left = 100;
    await expect(committer({ flush }).commit.add({ key: 'a', value: 7 })).rejects.toThrow('40P01');
  });

  it('tells all callers of a batch when the database is away, without blaming a row', async () => {
    const flush = () => Promise.reject(sqlError('57P01'));
    const { commit } = committer({ flush });
    const results = await Promise.allSettled([
      commit.add({ key: 'a', value: 1 }),
      commit.add({ key: 'b', value: 1 }),
    ]);
    for (const result of results) expect(result).toMatchObject({ reason: { message: '57P01' } });
  });

  it('drains what it has accepted', async () => {
    const { commit, batches } = committer({ maxBatch: 2 });
    const added = ['a', 'b', 'c', 'd', 'e'].map((key) => commit.add({ key, value: 1 }));
    await commit.drain();
    expect(batches.flat()).toHaveLength(5);
    await Promise.all(added);
    await commit.drain();
  });
});
