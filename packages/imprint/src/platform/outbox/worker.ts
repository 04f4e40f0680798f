import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { type Database, serviceContext } from '../database/index.ts';
import type { Log } from '../log.ts';
import type { RepeatedJob } from '../repeat.ts';
import { maximumAttempts, retryDelayMs } from './schedule.ts';
import { claimDue, markDelivered, markFailed, type OutboxMessage, pruneDelivered } from './store.ts';
import type { OutboxTables } from './tables.ts';

/** What became of an attempt: `failed` is tried again later, `refused` never. The reason is a short code or figure, no secret. */
export type Outcome =
  | { readonly state: 'delivered' }
  | { readonly state: 'failed' | 'refused'; readonly reason: string };

/**
 * Delivers one message and writes what belongs to it in the transaction that also keeps the outcome. The message may have been
 * delivered before without anybody here knowing. It is done within 20 s, for the database cuts idle transactions after 30.
 */
export type Deliver<Tables> = (trx: Transaction<Tables>, message: OutboxMessage) => Promise<Outcome>;

export interface OutboxContext<Tables extends OutboxTables> {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** By topic; messages of other topics wait for a server that knows them. */
  readonly handlers: Readonly<Record<string, Deliver<Tables>>>;
  readonly isStopping: () => boolean;
}

/** Messages in hand at once: each holds a connection while it is delivered. */
const lanes = 3;
const prunedAfterMs = 30 * 86_400_000;

/**
 * Delivers what is due, looked at every second. The row lock of a claimed message is held until its outcome is committed: no
 * two servers deliver it at once, and when one dies it is free at once.
 */
export function outboxJob<Tables extends OutboxTables>(context: OutboxContext<Tables>): RepeatedJob {
  const lane = async () => {
    while (!context.isStopping() && (await deliverNext(context)));
  };
  return {
    name: 'outbox',
    everyMs: 1000,
    run: async () => {
      // The other lanes are for a backlog: a quiet outbox is looked at once.
      if (context.isStopping() || !(await deliverNext(context))) return;
      await Promise.all(Array.from({ length: lanes }, lane));
    },
  };
}

/** Removes what was delivered 30 days ago; what was given up on stays. */
export function outboxPruneJob<Tables extends OutboxTables>(
  context: Pick<OutboxContext<Tables>, 'database' | 'clock'>,
): RepeatedJob {
  return {
    name: 'outbox-prune',
    everyMs: 3_600_000,
    run: async () => {
      const before = new Date(context.clock.now().getTime() - prunedAfterMs);
      await context.database.transaction(serviceContext('outbox'), (trx) =>
        pruneDelivered(plain(trx), before),
      );
    },
  };
}

/** Delivers one due message; false when there was none. */
async function deliverNext<Tables extends OutboxTables>(context: OutboxContext<Tables>): Promise<boolean> {
  const { database, handlers } = context;
  let claimed: OutboxMessage | undefined;
  try {
    return await database.transaction(serviceContext('outbox'), async (trx) => {
      claimed = await claimDue(plain(trx), Object.keys(handlers), context.clock.now());
      const deliver = claimed === undefined ? undefined : handlers[claimed.topic];
      if (claimed === undefined || deliver === undefined) return false;
      await keepOutcome(context, trx, claimed, await deliver(trx, claimed));
      return true;
    });
  } catch (error) {
    // What the attempt wrote is taken back, its failure still counts: a message that cannot succeed is given up on in the end.
    const message = claimed;
    if (message === undefined) throw error;
    context.log.error(
      { message: message.id, topic: message.topic, err: error },
      'delivery ended unexpectedly',
    );
    await database.transaction(serviceContext('outbox'), (trx) =>
      keepOutcome(context, trx, message, { state: 'failed', reason: 'unexpected' }),
    );
    return true;
  }
}

async function keepOutcome<Tables extends OutboxTables>(
  context: OutboxContext<Tables>,
  trx: Transaction<Tables>,
  message: OutboxMessage,
  outcome: Outcome,
): Promise<void> {
  const at = context.clock.now();
  if (outcome.state === 'delivered') {
    await markDelivered(plain(trx), message.id, at);
    return;
  }
  const failures = message.attempts + 1;
  const isOver = outcome.state === 'refused' || failures >= maximumAttempts;
  const dueAt = isOver ? undefined : new Date(at.getTime() + retryDelayMs(failures, context.random()));
  const { id, topic } = message;
  context.log.warn({ message: id, topic, failures, reason: outcome.reason, isOver }, 'not delivered');
  await markFailed(plain(trx), message, { reason: outcome.reason, at, dueAt });
}

const plain = <Tables extends OutboxTables>(trx: Transaction<Tables>) =>
  trx as unknown as Transaction<OutboxTables>;
