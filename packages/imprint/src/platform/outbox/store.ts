import { sql, type Transaction } from 'kysely';
import type { OutboxTables } from './tables.ts';

type Trx = Transaction<OutboxTables>;

/** A message on its way; `id` stays the same on every attempt, so that a receiver can tell a second delivery. */
export interface OutboxMessage {
  readonly id: string;
  readonly topic: string;
  readonly agencyPath: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  /** Attempts that failed before. */
  readonly attempts: number;
}

/** Takes a due message of some topics that nobody else has in hand, and keeps it locked until the transaction ends. */
export async function claimDue(
  trx: Trx,
  topics: readonly string[],
  now: Date,
): Promise<OutboxMessage | undefined> {
  const row = await trx
    .selectFrom('platform_outbox')
    .select(['id', 'topic', 'agency_path', 'payload', 'created_at', 'attempts'])
    .where('delivered_at', 'is', null)
    .where('abandoned_at', 'is', null)
    .where('due_at', '<=', now)
    .where('topic', 'in', topics)
    .orderBy('due_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { agency_path, created_at, payload, ...message } = row;
  return {
    ...message,
    agencyPath: agency_path,
    createdAt: created_at,
    payload: payload as Record<string, unknown>,
  };
}

export async function markDelivered(trx: Trx, id: string, at: Date): Promise<void> {
  const delivered = { delivered_at: at, last_error: null };
  await trx.updateTable('platform_outbox').set(delivered).where('id', '=', id).execute();
}

/** Counts one more failed attempt of a message that still stands where the attempt found it; without `dueAt` it is abandoned. */
export async function markFailed(
  trx: Trx,
  message: Pick<OutboxMessage, 'id' | 'attempts'>,
  failure: { readonly reason: string; readonly at: Date; readonly dueAt: Date | undefined },
): Promise<void> {
  await trx
    .updateTable('platform_outbox')
    .set({
      attempts: message.attempts + 1,
      last_error: failure.reason,
      ...(failure.dueAt === undefined ? { abandoned_at: failure.at } : { due_at: failure.dueAt }),
    })
    .where('id', '=', message.id)
    .where('attempts', '=', message.attempts)
    .where('delivered_at', 'is', null)
    .execute();
}

/** Removes delivered messages older than a moment, a bounded number at a time; returns how many. */
export async function pruneDelivered(trx: Trx, before: Date): Promise<number> {
  const { numAffectedRows } = await sql`
delete from platform_outbox where id in (
  select id from platform_outbox where delivered_at < ${before} order by delivered_at limit 10000 for update skip locked)`.execute(
    trx,
  );
  return Number(numAffectedRows ?? 0);
}
