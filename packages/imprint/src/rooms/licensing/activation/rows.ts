import { renewAfter } from '@imprint/trust';
import type { ActivationRow } from '../tables.ts';
import { type Ask, appended, askedAt, factsOf, nextGeneration, type Renewal } from './rules.ts';
import { leaseEnd, overageUntil, type Terms } from './terms.ts';

interface LeaseOf {
  readonly seat: 'regular' | 'overage';
  readonly terms: Terms;
  readonly now: Date;
  /** The highest generation that a device had which takes a seat anew. */
  readonly newest?: number;
}

/** The columns that a new lease sets, whatever became of the activation. */
function leased(ask: Ask, before: ActivationRow | undefined, { seat, terms, now, newest = 0 }: LeaseOf) {
  const tolerated = seat === 'overage' ? overageUntil(terms) : undefined;
  const end = leaseEnd(terms, now, tolerated);
  const isFirst = before === undefined || before.generation === 0;
  const renewal = renewAfter(ask.deviceId, now.getTime(), isFirst);
  const stored = before === undefined || ask.carried === undefined ? {} : factsOf(before);
  const facts = { ...stored, ...ask.facts };
  return {
    seat,
    generation: nextGeneration(Math.max(before?.generation ?? 0, newest), ask.generation),
    nonce: ask.nonce,
    requested_at: askedAt(before?.requested_at ?? new Date(0), ask, now),
    facts,
    fact_tpm: facts.tpm ?? null,
    fact_board: facts.board ?? null,
    renewed_at: now,
    renew_at: new Date(Math.min(renewal, end.getTime())),
    lease_ends_at: end,
    overage_until: tolerated ?? null,
  };
}

/** An activation with its next lease. */
export function renewedRow(
  row: ActivationRow,
  ask: Ask,
  lease: LeaseOf & { readonly kind: Renewal },
): ActivationRow {
  const { kind, now } = lease;
  return {
    ...row,
    ...leased(ask, row, lease),
    rebound_at: kind === 'rebind' ? appended(row.rebound_at, now) : row.rebound_at,
    duplicate_at: kind === 'suspect-duplicate' ? (row.duplicate_at ?? now) : row.duplicate_at,
  };
}

/** An active seat that the same hardware goes on using with another device key. */
export function reimagedRow(row: ActivationRow, ask: Ask, lease: LeaseOf): ActivationRow {
  return {
    ...row,
    ...leased(ask, row, lease),
    device_id: ask.deviceId,
    // Where one node serves several agencies, the machine may have gone from one to another.
    agency_path: ask.agencyPath,
    reimaged_at: appended(row.reimaged_at, lease.now),
  };
}

/** A seat newly taken: by a device that had one of these terms before, or by one that never had. */
export function takenRow(
  before: ActivationRow | undefined,
  ask: Ask,
  lease: LeaseOf & { readonly id: string; readonly allocationId: string },
): ActivationRow {
  const { terms, now, allocationId } = lease;
  const fresh = { id: lease.id, rebound_at: [], reimaged_at: [], duplicate_at: null };
  return {
    ...(before ?? fresh),
    ...leased(ask, before, lease),
    entitlement_id: terms.id,
    allocation_id: allocationId,
    agency_path: ask.agencyPath,
    device_id: ask.deviceId,
    state: 'active',
    origin: ask.origin,
    activated_at: now,
    ended_at: null,
    ended_reason: null,
  };
}
