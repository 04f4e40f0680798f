import type { Transaction } from 'kysely';
import { type Database, serviceContext } from '../../platform/database/index.ts';
import type { AssuranceEvent, Entry, Verification } from './model.ts';
import { type Chain, chainStart, entryHash, verifyEnd, verifyNext } from './rules.ts';
import { type AssuranceTables, appendEntries, listEntries, lockHead, readHead } from './store.ts';

/**
 * Adds one entry in the caller's transaction, so that no act exists without its entry, nor an entry without its act.
 * Call it last: the log's head stays locked until the transaction ends.
 */
export async function record(trx: Transaction<AssuranceTables>, event: AssuranceEvent): Promise<void> {
  await recordAll(trx, [event]);
}

/** Adds several entries, in order, as `record` does. */
export async function recordAll(
  trx: Transaction<AssuranceTables>,
  events: readonly AssuranceEvent[],
): Promise<void> {
  if (events.length === 0) return;
  let { seq, hash } = await lockHead(trx);
  const entries = events.map((event): Entry => {
    seq += 1;
    const unsealed = {
      seq,
      at: event.at.toISOString(),
      action: event.action,
      actor: event.actor,
      agencyPath: event.agencyPath,
      subject: event.subject,
      digests: { ...event.digests },
      previous: hash,
    };
    hash = entryHash(unsealed);
    return { ...unsealed, hash };
  });
  await appendEntries(trx, entries);
}

/** Verifies the whole chain and names the first entry that does not hold. */
export function verifyEntries(database: Database<AssuranceTables>): Promise<Verification> {
  return database.transaction(serviceContext('assurance'), async (trx) => {
    const head = await readHead(trx);
    let chain: Chain = chainStart;
    let after = 0;
    for (;;) {
      const entries = (await listEntries(trx, after, 1000)).filter(({ seq }) => seq <= head.seq);
      const last = entries.at(-1);
      if (last === undefined) return verifyEnd(chain, head);
      chain = entries.reduce(verifyNext, chain);
      after = last.seq;
    }
  });
}
