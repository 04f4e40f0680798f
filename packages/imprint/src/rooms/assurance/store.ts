import type { Generated, Transaction } from 'kysely';
import type { Entry } from './model.ts';

export interface AssuranceTables {
  assurance_entry: {
    seq: number;
    at: Date;
    action: string;
    actor: string;
    agency_path: string;
    subject: string;
    digests: Record<string, string> | string;
    previous: string;
    hash: string;
  };
  assurance_head: { single: Generated<boolean>; seq: number; hash: string };
}

type Trx = Transaction<AssuranceTables>;

/** Reads the head and keeps it locked until the transaction ends, so entries form one line. */
export function lockHead(trx: Trx): Promise<{ seq: number; hash: string }> {
  return trx.selectFrom('assurance_head').select(['seq', 'hash']).forUpdate().executeTakeFirstOrThrow();
}

export function readHead(trx: Trx): Promise<{ seq: number; hash: string }> {
  return trx.selectFrom('assurance_head').select(['seq', 'hash']).executeTakeFirstOrThrow();
}

/** Adds entries that follow the locked head, and moves the head to the last of them. */
export async function appendEntries(trx: Trx, entries: readonly Entry[]): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  const rows = entries.map(({ agencyPath, digests, at, ...entry }) => ({
    ...entry,
    at: new Date(at),
    agency_path: agencyPath,
    digests: JSON.stringify(digests),
  }));
  // A statement has at most 65535 parameters.
  for (let start = 0; start < rows.length; start += 1000) {
    await trx
      .insertInto('assurance_entry')
      .values(rows.slice(start, start + 1000))
      .execute();
  }
  await trx.updateTable('assurance_head').set({ seq: last.seq, hash: last.hash }).execute();
}

/** Entries visible in the transaction's context, in order, beginning after `after`. */
export async function listEntries(trx: Trx, after: number, limit: number): Promise<Entry[]> {
  const rows = await trx
    .selectFrom('assurance_entry')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(({ agency_path, digests, at, ...entry }) => ({
    ...entry,
    agencyPath: agency_path,
    digests: digests as Record<string, string>,
    at: at.toISOString(),
  }));
}
