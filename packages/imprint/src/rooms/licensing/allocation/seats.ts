import { transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import type { AllocationRow, EntitlementRow, Trx } from '../tables.ts';
import { type AllocationContext, runningEntitlement } from './actions.ts';
import { saveSeats } from './agreement-store.ts';
import { boundsDigest } from './allocate.ts';
import { allocationError } from './errors.ts';
import type { Entitlement, NewSeats } from './model.ts';
import { requireOperator } from './operator.ts';
import { hardCeilingOf } from './overage.ts';
import { ceilingOf } from './reclaim.ts';
import { lockTree, saveBounds } from './store.ts';
import { checkSeats, reclaimDate } from './terms.ts';
import { entitlementOf } from './views.ts';

/**
 * Raises or lowers the seats of an entitlement. Fewer than are taken need a date: until then those taken remain.
 * @throws LICENSING_OPERATOR_ONLY, LICENSING_SEATS_INVALID, LICENSING_RECLAIM_PAST, LICENSING_ENTITLEMENT_UNKNOWN, LICENSING_ENTITLEMENT_ENDED,
 * LICENSING_AGREEMENT_ENDED, LICENSING_CEILING_BELOW_TAKEN
 */
export function setSeats(
  context: AllocationContext,
  access: Access,
  id: string,
  wanted: NewSeats,
  dryRun: boolean,
): Promise<Entitlement> {
  requireOperator(access);
  checkSeats('seats', wanted.seats, 1);
  const now = context.clock.now();
  const reclaimAt = reclaimDate(wanted.reclaimAt, now);
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const [root] = await lockTree(trx, id);
    if (root === undefined) {
      throw allocationError('LICENSING_ENTITLEMENT_UNKNOWN', { entitlement: id });
    }
    const entitlement = await runningEntitlement(trx, id, now);
    const bounds = ceilingOf(wanted.seats, root, reclaimAt);
    if (bounds.ceiling < Math.min(root.ceiling, root.taken)) {
      const { taken } = root;
      throw allocationError('LICENSING_CEILING_BELOW_TAKEN', { ceiling: wanted.seats, taken });
    }
    const saved = await bindRoot(trx, root, entitlement, bounds);
    if (boundsDigest(root) === boundsDigest(saved.root)) return entitlementOf(entitlement, root, now);
    await raiseAlerts(trx, context, [saved.root]);
    await record(trx, {
      at: now,
      action: 'licensing.set-seats',
      actor: access.actor,
      agencyPath: root.agency_path,
      subject: `entitlement:${id}`,
      digests: { before: boundsDigest(root), after: boundsDigest(saved.root) },
    });
    return entitlementOf(saved.entitlement, saved.root, now);
  });
}

/** Writes an entitlement's seats and its root's bounds, which are the same figure. */
export async function bindRoot(
  trx: Trx,
  root: AllocationRow,
  before: EntitlementRow,
  bounds: Pick<AllocationRow, 'ceiling' | 'reclaim_ceiling' | 'reclaim_at'>,
): Promise<{ root: AllocationRow; entitlement: EntitlementRow }> {
  const { ceiling } = bounds;
  const overage_since = root.taken > ceiling ? before.overage_since : null;
  const entitlement = { ...before, seats: ceiling, overage_since };
  await saveSeats(trx, entitlement.id, { seats: ceiling, overage_since });
  const row = await saveBounds(trx, root.id, {
    floor: 0,
    hard_ceiling: hardCeilingOf(entitlement),
    ...bounds,
  });
  return { root: row, entitlement };
}
