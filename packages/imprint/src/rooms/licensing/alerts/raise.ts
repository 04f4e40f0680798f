import { enqueue } from '../../../platform/outbox/enqueue.ts';
import type { LicensingContext } from '../context.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import { alertOf, thresholdOf } from './rules.ts';
import { setAlerted } from './store.ts';

/** Topic of an alert that still has to be given to each of its targets. */
export const alertTopic = 'licensing.alert';

/**
 * Enqueues an alert for each node that crossed 80, 95 or 100 % of its ceiling upwards, and forgets a threshold that usage fell
 * below again. Takes the nodes as they stand after the change, in the transaction that changed and still locks them.
 */
export async function raiseAlerts(
  trx: Trx,
  context: Pick<LicensingContext, 'clock' | 'ids'>,
  nodes: readonly AllocationRow[],
): Promise<void> {
  const changed = nodes.filter((node) => thresholdOf(node) !== node.alerted);
  if (changed.length === 0) return;
  const at = context.clock.now();
  await setAlerted(
    trx,
    changed.map((node) => ({ id: node.id, alerted: thresholdOf(node) })),
  );
  await enqueue(
    trx,
    changed.flatMap((node) => {
      const alert = alertOf(node, at);
      if (alert === undefined) return [];
      const id = context.ids.id();
      return [{ id, topic: alertTopic, agencyPath: node.agency_path, payload: { ...alert }, at }];
    }),
  );
}
