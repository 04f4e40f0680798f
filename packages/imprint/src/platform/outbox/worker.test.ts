import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/support/test-database.ts';
import { type TestClock, testClock } from '../../../test/support/test-server.ts';
import { type Database, type OpenDatabase, serviceContext } from '../database/index.ts';
import { openLog } from '../log.ts';
import { enqueue } from './enqueue.ts';
import { maximumAttempts } from './schedule.ts';
import type { OutboxTables } from './tables.ts';
import { type Deliver, type Outcome, outboxJob, outboxPruneJob } from './worker.ts';

let made: TestDatabase;
let database: OpenDatabase<OutboxTables>;
let clock: TestClock;
let attempts: string[];

beforeAll(async () => {
  made = await testDatabase();
  database = made.open() as unknown as OpenDatabase<OutboxTables>;
});
afterAll(async () => {
  await database.close();
  await made.drop();
});
beforeEach(async () => {
  clock = testClock();
  attempts = [];
  await within(database, (trx) => trx.deleteFrom('platform_outbox').execute());
});

const within: <R>(
  from: Database<OutboxTables>,
  work: Parameters<typeof from.transaction<R>>[1],
) => Promise<R> = (from, work) => from.transaction(serviceContext('test'), work);

const put = (...ids: string[]) =>
  within(database, (trx) =>
    enqueue(
      trx,
      ids.map((id) => ({ id, topic: 'test', agencyPath: '/', payload: { id }, at: clock.now() })),
    ),
  );
const rows = () =>
  within(database, (trx) => trx.selectFrom('platform_outbox').selectAll().orderBy('id').execute());

/** A worker that notes each attempt; `answer` is what becomes of it. */
function worker(
  answer: () => Promise<Outcome> | Outcome = delivered,
  through = database as Database<OutboxTables>,
) {
  const deliver: Deliver<OutboxTables> = async (_trx, { id }) => {
    attempts.push(id);
    return answer();
  };
  return outboxJob({
    database: through,
    clock,
    log: openLog('silent'),
    random: () => 0.5,
    handlers: { test: deliver },
    isStopping: () => false,
  });
}
const delivered = (): Outcome => ({ state: 'delivered' });
const failed = (): Outcome => ({ state: 'failed', reason: 'status 500' });

describe('the outbox', () => {
  it('delivers each message once, with two workers on two connections pools at once', async () => {
    const other = made.open() as unknown as OpenDatabase<OutboxTables>;
    const ids = Array.from({ length: 60 }, (_, n) => `message-${String(n).padStart(2, '0')}`);
    await put(...ids);
    await Promise.all([worker().run(), worker(delivered, other).run()]);
    await other.close();
    expect([...attempts].sort()).toEqual(ids);
    expect((await rows()).every(({ delivered_at }) => delivered_at !== null)).toBe(true);
  });

  it('never has one message in hand twice: a second worker passes over what the first one holds', async () => {
    await put('held');
    let release: (outcome: Outcome) => void = () => undefined;
    let held: () => void = () => undefined;
    const isHeld = new Promise<void>((resolve) => {
      held = resolve;
    });
    const first = worker(() => {
      held();
      return new Promise<Outcome>((resolve) => {
        release = resolve;
      });
    }).run();
    await isHeld;
    await worker().run();
    expect(attempts).toEqual(['held']);
    release(delivered());
    await first;
    await worker().run();
    expect(attempts).toEqual(['held']);
  });

  it('puts nothing out of a transaction that was taken back', async () => {
    const taken = within(database, async (trx) => {
      await enqueue(trx, [{ id: 'never', topic: 'test', agencyPath: '/', payload: {}, at: clock.now() }]);
      throw new Error('taken back');
    });
    await expect(taken).rejects.toThrow('taken back');
    await worker().run();
    expect(attempts).toEqual([]);
  });

  it('tries again later with the same id, and gives up after so many attempts without losing the message', async () => {
    await put('stubborn');
    for (let attempt = 1; attempt <= maximumAttempts + 2; attempt += 1) {
      await worker(failed).run();
      await worker(failed).run();
      clock.advance(3600);
    }
    expect(attempts).toEqual(Array.from({ length: maximumAttempts }, () => 'stubborn'));
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: maximumAttempts, last_error: 'status 500', delivered_at: null });
    expect(row?.abandoned_at).toBeInstanceOf(Date);
  });

  it('gives up at once on what is refused', async () => {
    await put('unwanted');
    await worker(() => ({ state: 'refused', reason: 'target-removed' })).run();
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 1, last_error: 'target-removed' });
    expect(row?.abandoned_at).toBeInstanceOf(Date);
  });

  it('counts an attempt that broke its transaction, and keeps nothing that the attempt wrote', async () => {
    await put('broken');
    const broken: Deliver<OutboxTables> = async (trx, { id }) => {
      attempts.push(id);
      await enqueue(trx, [{ id: 'half', topic: 'test', agencyPath: '/', payload: {}, at: clock.now() }]);
      await sql`select 1 / 0`.execute(trx);
      return delivered();
    };
    const log = openLog('silent');
    const handlers = { test: broken };
    await outboxJob({ database, clock, log, random: () => 0, handlers, isStopping: () => false }).run();
    expect(await rows()).toMatchObject([{ id: 'broken', attempts: 1, last_error: 'unexpected' }]);
  });

  it('leaves messages of a topic that it does not know to a server that does', async () => {
    await within(database, (trx) =>
      enqueue(trx, [{ id: 'later', topic: 'newer', agencyPath: '/', payload: {}, at: clock.now() }]),
    );
    await worker().run();
    expect(attempts).toEqual([]);
    expect(await rows()).toMatchObject([{ id: 'later', attempts: 0, abandoned_at: null }]);
  });

  it('takes no new message once the server is stopping', async () => {
    await put('waiting');
    const log = openLog('silent');
    const handlers = { test: () => Promise.reject(new Error('delivered while stopping')) };
    await outboxJob({ database, clock, log, random: () => 0, handlers, isStopping: () => true }).run();
    expect(await rows()).toMatchObject([{ attempts: 0 }]);
  });

  it('forgets a delivered message after 30 days, never one that waits or was given up on', async () => {
    await put('done');
    await worker().run();
    await put('unwanted');
    await worker(() => ({ state: 'refused', reason: 'target-removed' })).run();
    await put('waiting');
    const prune = outboxPruneJob({ database, clock });
    clock.advance(29.9 * 86_400);
    await prune.run();
    expect((await rows()).map(({ id }) => id)).toEqual(['done', 'unwanted', 'waiting']);
    clock.advance(0.2 * 86_400);
    await prune.run();
    expect((await rows()).map(({ id }) => id)).toEqual(['unwanted', 'waiting']);
  });
});

describe('an outcome whose transaction is', () => {
  /** A database that fails the first transaction that changes something: before its commit, or after it. */
  function faulty(fault: 'lost' | 'kept but reported lost'): Database<OutboxTables> {
    let armed = true;
    return {
      transaction: async (context, work) => {
        let failing = false;
        const kept = await database.transaction(context, async (trx) => {
          const result = await work(trx);
          failing = armed;
          armed = false;
          if (failing && fault === 'lost') throw new Error('lost');
          return result;
        });
        if (failing) throw new Error('reported lost');
        return kept;
      },
    };
  }

  it('lost means a second delivery with the same id', async () => {
    await put('twice');
    const job = worker(delivered, faulty('lost'));
    await job.run();
    expect(await rows()).toMatchObject([{ attempts: 1, delivered_at: null }]);
    clock.advance(3600);
    await job.run();
    expect(attempts).toEqual(['twice', 'twice']);
    expect((await rows())[0]?.delivered_at).toBeInstanceOf(Date);
  });

  it('kept but reported lost means no second delivery', async () => {
    await put('once');
    const job = worker(delivered, faulty('kept but reported lost'));
    await job.run();
    clock.advance(3600);
    await job.run();
    expect(attempts).toEqual(['once']);
    expect(await rows()).toMatchObject([{ attempts: 0, last_error: null }]);
  });
});
