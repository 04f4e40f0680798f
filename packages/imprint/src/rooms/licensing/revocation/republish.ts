import { isSignedBy } from '@imprint/trust';
import { onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import type { LicenceKey, LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { revocationError } from './errors.ts';
import type { Republishing } from './model.ts';
import type { PublishedList } from './published.ts';
import { missingLeases } from './rules.ts';
import { type ListState, listLeases, lockList, revokedGenerations, saveList } from './store.ts';

/**
 * Asks to publish the list above the published one: the way out where a database was restored and numbers below the one that
 * devices know. The job does it.
 * @throws LICENSING_REVOCATION_LIST_SHARED
 */
export async function askRepublishing(
  context: LicensingContext,
  access: Access,
  dryRun: boolean,
): Promise<Republishing> {
  const isRoot = /^\/[^/]+\/$/.test(access.agencyPath);
  if (!isRoot) throw revocationError('LICENSING_REVOCATION_LIST_SHARED');
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const { number, republish_at } = await lockList(trx);
    const at = context.clock.now();
    const asked = republish_at ?? at;
    await saveList(trx, { republish_at: asked });
    const { actor, agencyPath } = access;
    const subject = `revocation-list:${number}`;
    await record(trx, { at, action: 'licensing.republish-revocations', actor, agencyPath, subject });
    return { number, askedAt: asked.toISOString() };
  });
}

/**
 * Gives the locked list a number above its own and the published one's. What the published list names and the database does not
 * know any more stays revoked, as far as this server's key signed it. Returns the number.
 */
export async function raiseList(
  trx: Trx,
  context: LicensingContext,
  key: LicenceKey,
  state: ListState,
  published: PublishedList | undefined,
): Promise<number> {
  const at = context.clock.now();
  if (published !== undefined && isSignedBy(published.token, key)) {
    const { revoked } = published.claims;
    const devices = revoked.map(({ device }) => device);
    const agencies = await context.agenciesOfDevices(trx, devices);
    const known = await revokedGenerations(trx, devices);
    await listLeases(trx, missingLeases(revoked, known, agencies), at);
  } else if (published !== undefined) {
    context.log.warn(
      'another key signed the published revocation list: what only it names is not taken over',
    );
  }
  const number = Math.max(state.number, published?.claims.number ?? 0) + 1;
  await saveList(trx, { number, republish_at: null, changed_at: at });
  return number;
}
