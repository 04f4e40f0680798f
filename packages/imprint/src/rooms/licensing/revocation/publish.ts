import { join } from 'node:path';
import { licenceTypes, revocationsPath } from '@imprint/protocol';
import { signLicenceToken } from '@imprint/trust';
import { serviceContext } from '../../../platform/database/index.ts';
import { writeDurably } from '../../../platform/files.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import type { LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { readPublished } from './published.ts';
import { raiseList } from './republish.ts';
import { listClaims, listDue, maximumListed } from './rules.ts';
import { type ListState, listedLeases, lockList, readList } from './store.ts';

const quietMs = 3_600_000;

/** Says something to whoever runs the server, and the same not again for an hour. */
type Tell = (level: 'warn' | 'error', message: string, figures?: object) => void;

/** Publishes the signed list beside the release metadata: when its number has grown, and weekly so that its age can be told. */
export function revocationsJob(context: LicensingContext, repository: string): RepeatedJob {
  const tell = hourly(context);
  return {
    name: 'licensing-revocations',
    everyMs: 3_000,
    run: () => publishRevocations(context, repository, tell),
  };
}

/**
 * Writes the list when it is due. The list's row stays locked from the reading to the renaming: of two servers the one that
 * writes later writes what is newer, and a number never goes back.
 */
export async function publishRevocations(
  context: LicensingContext,
  repository: string,
  tell: Tell = hourly(context),
): Promise<void> {
  const path = join(repository, revocationsPath);
  const service = serviceContext('revocations');
  const dueOf = async ({ number, republish_at }: ListState) => {
    if (republish_at !== null) return 'due';
    return listDue((await readPublished(path))?.claims, number, context.clock.now());
  };
  const seen = await context.database.transaction(service, readList);
  const due = await dueOf(seen);
  if (due === 'ahead') {
    tell(
      'error',
      'the published revocation list is newer than this database: it stays, and revocations reach nobody without a network until somebody runs imprint licence revoke --republish',
      { number: seen.number },
    );
  }
  if (due !== 'due') return;
  const key = await context.licenceKey();
  if (key === undefined) {
    const isAwaited = seen.number > 0 || seen.republish_at !== null;
    if (isAwaited) tell('warn', 'the revocation list is due and there is no licence key here to sign it');
    return;
  }
  await context.database.transaction(service, async (trx) => {
    const state = await lockList(trx);
    if ((await dueOf(state)) !== 'due') return;
    const number =
      state.republish_at === null
        ? state.number
        : await raiseList(trx, context, key, state, await readPublished(path));
    const claims = await claimsNow(trx, context, number, tell);
    const token = signLicenceToken(licenceTypes.revocations, claims, key);
    await writeDurably(path, `${JSON.stringify(token)}\n`);
    context.log.info({ number, revoked: claims.revoked.length }, 'revocation list published');
  });
}

async function claimsNow(trx: Trx, { clock }: LicensingContext, number: number, tell: Tell) {
  const now = clock.now();
  const leases = await listedLeases(trx, now, maximumListed + 1);
  if (leases.length > maximumListed) {
    tell('warn', 'the revocation list is full: leases that end first are left out', { maximumListed });
  }
  return listClaims(number, leases.slice(0, maximumListed), now);
}

function hourly({ log, clock }: LicensingContext): Tell {
  const told = new Map<string, number>();
  return (level, message, figures = {}) => {
    const now = clock.now().getTime();
    if (now - (told.get(message) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
    told.set(message, now);
    log[level](figures, message);
  };
}
