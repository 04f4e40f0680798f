import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { OrganisationContext } from './actions.ts';
import { type ChallengeRow, deleteChallenge, findChallenge, insertChallenge } from './people/store.ts';
import type { PeopleTables } from './people/tables.ts';

type Trx = Transaction<PeopleTables>;

/** A value that waits for the second request of its ceremony. */
interface Challenge {
  readonly value: unknown;
  readonly personId?: string;
}

const idOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

/**
 * Keeps a value until its ticket comes back or the time is over; the ticket is a 256-bit secret kept as a hash only.
 * The transaction is the service's: nobody else sees challenges.
 */
export async function putChallenge(
  trx: Trx,
  context: OrganisationContext,
  challenge: { kind: string; value: unknown; personId?: string; seconds: number },
): Promise<string> {
  const ticket = context.ids.secret();
  const now = context.clock.now();
  const row = {
    id: idOf(ticket),
    kind: challenge.kind,
    value: JSON.stringify(challenge.value),
    person_id: challenge.personId ?? null,
    expires_at: new Date(now.getTime() + challenge.seconds * 1000),
  };
  await insertChallenge(trx, row, now);
  return ticket;
}

/** Takes a challenge of a kind, once: whoever asks second, or too late, gets nothing. */
export async function takeChallenge(
  trx: Trx,
  context: OrganisationContext,
  kind: string,
  ticket: string,
): Promise<Challenge | undefined> {
  return challengeOf(await deleteChallenge(trx, idOf(ticket), kind), context);
}

/** Reads a challenge of a kind and leaves it for another try. */
export async function readChallenge(
  trx: Trx,
  context: OrganisationContext,
  kind: string,
  ticket: string,
): Promise<Challenge | undefined> {
  return challengeOf(await findChallenge(trx, idOf(ticket), kind), context);
}

function challengeOf(row: ChallengeRow | undefined, { clock }: OrganisationContext): Challenge | undefined {
  if (row === undefined || row.expires_at <= clock.now()) return undefined;
  return { value: row.value, ...(row.person_id === null ? {} : { personId: row.person_id }) };
}
