import { transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { organisationError } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import { activationError } from './errors.ts';
import type { Activation } from './model.ts';
import { lockActivations, markResolved } from './store.ts';
import { activationOf } from './views.ts';

/**
 * Clears the mark of a suspected duplicate after a person has looked, and with it the count of re-images, so that the device
 * may go on; with licensing:write also the count of hardware changes, beyond which they are the operator's to allow. One that
 * has none of these is left as it is.
 * @throws LICENSING_ACTIVATION_UNKNOWN, ORGANISATION_SCOPE_MISSING
 */
export function resolveDuplicate(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Activation> {
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const [row] = await lockActivations(trx, [id]);
    if (row === undefined) throw activationError('LICENSING_ACTIVATION_UNKNOWN', { id });
    const mayClearRebinds = access.scopes.includes('licensing:write');
    const rebound_at = mayClearRebinds ? [] : row.rebound_at;
    const cleared = row.reimaged_at.length + row.rebound_at.length - rebound_at.length;
    if (row.duplicate_at === null && cleared === 0) {
      if (rebound_at.length > 0)
        throw organisationError('ORGANISATION_SCOPE_MISSING', { scope: 'licensing:write' });
      return activationOf(row);
    }
    await markResolved(trx, id, rebound_at);
    const { agency_path: agencyPath } = row;
    const at = context.clock.now();
    const event = { at, action: 'licensing.resolve-duplicate', actor: access.actor, agencyPath };
    await record(trx, { ...event, subject: `activation:${id}` });
    return activationOf({ ...row, duplicate_at: null, rebound_at, reimaged_at: [] });
  });
}
