import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/support/test-database.ts';
import type { Tables } from '../server/tables.ts';
import { type OpenDatabase, serviceContext } from './database/index.ts';
import { limit, outlook, rateLimitJob } from './rate-limit.ts';

let own: TestDatabase;
let database: OpenDatabase<Tables>;
beforeAll(async () => {
  own = await testDatabase();
  database = own.open();
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const start = Date.parse('2026-11-23T08:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000);
const rate = { burst: 5, perSeconds: 900 };

it('lets a burst through, then as many again over the time, and says when to come back', async () => {
  const draw = (seconds: number) => limit(database, 'burst', rate, at(seconds));
  for (const remaining of [4, 3, 2, 1, 0]) {
    expect(await draw(0)).toEqual({ allowed: true, remaining, retryAfterSeconds: 0 });
  }
  expect(await draw(0)).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 180 });
  expect(await draw(179)).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  expect(await draw(180)).toMatchObject({ allowed: true });
  expect(await draw(180)).toMatchObject({ allowed: false, retryAfterSeconds: 180 });
  expect(await draw(180 + 900)).toMatchObject({ allowed: true, remaining: 4 });
});

it('lets exactly the burst through when many ask at once', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => limit(database, 'storm', rate, at(0))));
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(5);
});

it('never lets more through in any window than the burst and what refills in it', async () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(gaps, fc.integer({ min: 1, max: 6 }), async (waits, burst) => {
      run += 1;
      const key = `window-${run}`;
      let now = 0;
      const taken: number[] = [];
      for (const wait of waits) {
        now += wait;
        if ((await limit(database, key, { burst, perSeconds: 60 }, at(now))).allowed) taken.push(now);
      }
      for (const [index, from] of taken.entries()) {
        const within = taken.slice(index).filter((until) => until < from + 60);
        expect(within.length).toBeLessThanOrEqual(2 * burst);
        for (const [count, until] of taken.slice(index).entries()) {
          expect(count + 1).toBeLessThanOrEqual(burst + Math.ceil(((until - from) * burst) / 60));
        }
      }
    }),
    { numRuns: 20 },
  );
});

it('lets as many through at once as are wanted, or none, and foretells what a draw is answered', async () => {
  const foretold = async (seconds: number) =>
    (
      await database.transaction(serviceContext('test'), (trx) => outlook(trx, ['lot'], rate, at(seconds)))
    ).get('lot');
  const draw = (seconds: number, wanted: number) => limit(database, 'lot', rate, at(seconds), wanted);
  expect(await foretold(0)).toEqual({ allowed: true, remaining: 5, retryAfterSeconds: 0 });
  expect(await draw(0, 3)).toEqual({ allowed: true, remaining: 2, retryAfterSeconds: 0 });
  expect(await draw(0, 3)).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 180 });
  expect(await foretold(0)).toEqual({ allowed: true, remaining: 2, retryAfterSeconds: 0 });
  expect(await draw(0, 2)).toMatchObject({ allowed: true, remaining: 0 });
  expect(await foretold(0)).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 180 });
  expect(await foretold(900)).toMatchObject({ remaining: 5 });
  await expect(draw(900, 6)).rejects.toThrow(RangeError);
});

it('keeps no key as it was, and forgets those that are full again', async () => {
  await limit(database, 'person@example', rate, at(0));
  const rows = () =>
    database.transaction(serviceContext('test'), (trx) =>
      trx.selectFrom('platform_rate_limit').selectAll().execute(),
    );
  expect(JSON.stringify(await rows())).not.toContain('person@example');
  await rateLimitJob({ database, clock: { now: () => at(100_000) } }).run();
  expect(await rows()).toEqual([]);
});
