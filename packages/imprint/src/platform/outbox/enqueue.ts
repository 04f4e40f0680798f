import type { Transaction } from 'kysely';
import type { OutboxTables } from './tables.ts';

export interface Message {
  readonly id: string;
  readonly topic: string;
  readonly agencyPath: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** Puts messages into the outbox in the caller's transaction: what is committed is delivered, what is not never happened. */
export async function enqueue(trx: Transaction<OutboxTables>, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  await trx
    .insertInto('platform_outbox')
    .values(
      messages.map(({ id, topic, agencyPath, payload, at }) => ({
        id,
        topic,
        agency_path: agencyPath,
        payload: JSON.stringify(payload),
        created_at: at,
        due_at: at,
        attempts: 0,
        last_error: null,
        delivered_at: null,
        abandoned_at: null,
      })),
    )
    .execute();
}
