import type { AlertDelivery, DeliveryState } from './model.ts';
import type { MessageRow } from './store.ts';

/** A delivery as it is shown. */
export function deliveryOf(row: MessageRow): AlertDelivery {
  const { targetId, alert } = row.payload as unknown as Pick<AlertDelivery, 'targetId' | 'alert'>;
  const { entitlementId, agencyId, threshold, taken, ceiling, percent, asOf } = alert;
  const state = stateOf(row);
  return {
    id: row.id,
    targetId,
    state,
    alert: { entitlementId, agencyId, threshold, taken, ceiling, percent, asOf },
    attempts: row.attempts,
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(state === 'pending' ? { dueAt: row.due_at.toISOString() } : {}),
    createdAt: row.created_at.toISOString(),
  };
}

function stateOf(row: MessageRow): DeliveryState {
  if (row.delivered_at !== null) return 'delivered';
  return row.abandoned_at === null ? 'pending' : 'abandoned';
}
