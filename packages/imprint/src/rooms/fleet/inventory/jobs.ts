import { serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import type { FleetContext } from '../context.ts';
import { purgeSets } from './store.ts';

const setsAtOnce = 100;

/** Forgets sets of packages that no device has any more. */
export function inventoryJob(context: Pick<FleetContext, 'database'>, everyMs = 600_000): RepeatedJob {
  return { name: 'fleet-inventory', everyMs, run: () => purgeInventories(context) };
}

/** Forgets what no device has any more, in bounded batches. */
export async function purgeInventories(context: Pick<FleetContext, 'database'>): Promise<void> {
  for (let purged = setsAtOnce; purged === setsAtOnce; ) {
    purged = await context.database.transaction(serviceContext('inventory'), (trx) =>
      purgeSets(trx, setsAtOnce),
    );
  }
}
