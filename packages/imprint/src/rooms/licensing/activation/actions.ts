import { transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import type { LicensingContext } from '../context.ts';
import { activationError } from './errors.ts';
import type { Activation } from './model.ts';
import { lockActivations, markResolved } from './store.ts';
import { activationOf } from './views.ts';

/**
 * Clears the mark of a suspected duplicate after a person has looked, and with it the counts of hardware changes and
 * re-images, so that the device may go on. One that is not marked and has no counts is left as it is.
 * @throws LICENSING_ACTIVATION_UNKNOWN
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
    const counts = row.rebound_at.length + row.reimaged_at.length;
    if (row.duplicate_at === null && counts === 0) return activationOf(row);
    await markResolved(trx, id);
    const { agency_path: agencyPath } = row;
    const at = context.clock.now();
    const event = { at, action: 'licensing.resolve-duplicate', actor: access.actor, agencyPath };
    await record(trx, { ...event, subject: `activation:${id}` });
    return activationOf({ ...row, duplicate_at: null, rebound_at: [], reimaged_at: [] });
  });
}
