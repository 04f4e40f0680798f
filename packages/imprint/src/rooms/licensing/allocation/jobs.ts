import { serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import { type AssuranceEvent, recordAll } from '../../assurance/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import type { AllocationContext } from './actions.ts';
import { findEntitlement } from './agreement-store.ts';
import { boundsDigest } from './allocate.ts';
import { reclaimedCeiling } from './reclaim.ts';
import { bindRoot } from './seats.ts';
import { listReclaiming, lockTree, saveBounds } from './store.ts';

/** Lowers ceilings under a reclaim as seats are given back, every ten minutes. */
export function reclaimJob(context: AllocationContext, everyMs = 600_000): RepeatedJob {
  return { name: 'licensing-reclaim', everyMs, run: () => reclaim(context) };
}

/** Lowers every ceiling under a reclaim to what is still taken; one that has come down to where it should is done. */
export async function reclaim(context: AllocationContext): Promise<void> {
  const service = serviceContext('reclaim');
  const ids = await context.database.transaction(service, listReclaiming);
  for (const id of ids) {
    await context.database.transaction(service, async (trx) => {
      const nodes = (await lockTree(trx, id)).filter(({ reclaim_at }) => reclaim_at !== null);
      const events: AssuranceEvent[] = [];
      for (const node of nodes) {
        const row = await lower(trx, node);
        if (row === undefined) continue;
        await raiseAlerts(trx, context, [row]);
        events.push({
          at: context.clock.now(),
          action: 'licensing.reclaim',
          actor: service.actor,
          agencyPath: row.agency_path,
          subject: `allocation:${row.id}`,
          digests: { before: boundsDigest(node), after: boundsDigest(row) },
        });
      }
      await recordAll(trx, events);
    });
  }
}

/** Writes the ceiling that a reclaim has come to, when it has moved. */
async function lower(trx: Trx, node: AllocationRow): Promise<AllocationRow | undefined> {
  const ceiling = reclaimedCeiling(node);
  const isDone = ceiling === node.reclaim_ceiling;
  if (ceiling === node.ceiling && !isDone) return undefined;
  const reclaimed = isDone
    ? { reclaim_ceiling: null, reclaim_at: null }
    : { reclaim_ceiling: node.reclaim_ceiling, reclaim_at: node.reclaim_at };
  const bounds = { ceiling, ...reclaimed };
  if (node.parent_id !== null) {
    return saveBounds(trx, node.id, { floor: node.floor, hard_ceiling: ceiling, ...bounds });
  }
  const entitlement = await findEntitlement(trx, node.entitlement_id);
  return entitlement === undefined ? undefined : (await bindRoot(trx, node, entitlement, bounds)).root;
}
