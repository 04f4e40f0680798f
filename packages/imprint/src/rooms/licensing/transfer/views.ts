import { agencyIdOf } from '../../../platform/agency-path.ts';
import type { SeatTransfer } from './model.ts';
import type { Consents } from './rules.ts';
import type { TransferRow } from './store.ts';

export function stateOf(row: TransferRow): SeatTransfer['state'] {
  if (row.applied_at !== null) return 'applied';
  return row.cancelled_at === null ? 'waiting' : 'cancelled';
}

export function consentsOf(row: TransferRow): Consents {
  return {
    ...(row.source_consent === null ? {} : { source: row.source_consent }),
    ...(row.target_consent === null ? {} : { target: row.target_consent }),
    ...(row.operator_consent === null ? {} : { operator: row.operator_consent }),
  };
}

export function transferOf(row: TransferRow): SeatTransfer {
  return {
    id: row.id,
    entitlementId: row.entitlement_id,
    fromAgencyId: agencyIdOf(row.from_path),
    toAgencyId: agencyIdOf(row.to_path),
    seats: row.seats,
    state: stateOf(row),
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    consents: consentsOf(row),
    ...(row.applied_at === null ? {} : { appliedAt: row.applied_at.toISOString() }),
    ...(row.cancelled_at === null ? {} : { cancelledAt: row.cancelled_at.toISOString() }),
  };
}
