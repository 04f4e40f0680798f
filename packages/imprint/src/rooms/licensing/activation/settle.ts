import type { ActivationRow, AllocationRow } from '../tables.ts';
import type { Ledger } from './ledger.ts';
import { type Occasion, type Refused, refused, revoked, type Settled } from './outcome.ts';
import { renewedRow } from './rows.ts';
import { type Ask, isBarred, judgeHolder, type Renewal } from './rules.ts';
import { takeSeat } from './take.ts';
import { overageUntil, serves, type Terms } from './terms.ts';

/** Decides one request and writes what follows into the ledger: at most one seat is taken, and none is lost. */
export function settle(ledger: Ledger, ask: Ask, occasion: Occasion): Settled {
  const rows = ledger.activations.of(ask.deviceId);
  const barred = rows.find(isBarred);
  if (barred !== undefined) return revoked(barred);
  const active = rows.find(({ state }) => state === 'active');
  if (active === undefined) return takeSeat(ledger, ask, occasion);
  if (!active.agency_path.startsWith(ask.within)) return refused({ refuse: 'LICENSING_ACTIVE_ELSEWHERE' });
  const terms = ledger.terms(active.entitlement_id);
  if (terms === undefined) throw new RangeError('the entitlement of an activation is not part of this work');
  if (active.nonce === ask.nonce && active.generation > 0) {
    return { ok: true, act: 'repeat', row: active, terms };
  }
  const verdict = judgeHolder(active, ask, occasion.now);
  if ('refuse' in verdict) return refused(verdict);
  if (!serves(terms, ask, occasion.now)) return takeSeat(ledger, ask, occasion, active);
  return renew(ledger, ask, occasion, { active, terms, kind: verdict.renew });
}

/** True when a request can only be decided with the seat trees locked. */
export function needsTrees(ledger: Ledger, ask: Ask, now: Date): boolean {
  const active = ledger.activations.of(ask.deviceId).find(({ state }) => state === 'active');
  if (active === undefined || active.seat === 'overage') return true;
  const terms = ledger.terms(active.entitlement_id);
  return terms === undefined || !serves(terms, ask, now) || reclaimsAt(ledger, active).length > 0;
}

interface Holding {
  readonly active: ActivationRow;
  readonly terms: Terms;
  readonly kind: Renewal;
}

function renew(ledger: Ledger, ask: Ask, { now }: Occasion, { active, terms, kind }: Holding): Settled {
  const reclaimed = reclaim(ledger, active);
  if (reclaimed !== undefined) return reclaimed;
  const seat = active.seat === 'overage' ? overageSeat(ledger, active, terms, now) : active.seat;
  if (seat === undefined) {
    const until = active.overage_until?.toISOString() ?? now.toISOString();
    return refused({ refuse: 'LICENSING_OVERAGE_ENDED', params: { until } });
  }
  const row = renewedRow(active, ask, { kind, seat, terms: ledger.terms(terms.id) ?? terms, now });
  ledger.activations.put(row);
  return { ok: true, act: kind, row, terms: ledger.terms(terms.id) ?? terms };
}

/** What a seat beyond those agreed is now: within them again, still tolerated, or neither. */
function overageSeat(
  ledger: Ledger,
  row: ActivationRow,
  terms: Terms,
  now: Date,
): 'regular' | 'overage' | undefined {
  const root = ledger.book.chainOf(row.allocation_id).at(-1);
  if (root !== undefined && root.taken <= root.ceiling) {
    if (terms.overageSince !== undefined) ledger.setTerms({ ...terms, overageSince: undefined });
    return 'regular';
  }
  const until = overageUntil(terms) ?? (terms.overage === 'report' ? undefined : row.overage_until);
  return until !== null && until !== undefined && until <= now ? undefined : 'overage';
}

/** Due reclaims at or above an activation: reason to lock its tree and look. */
export function reclaimsAt(ledger: Pick<Ledger, 'reclaims'>, row: ActivationRow): readonly AllocationRow[] {
  return ledger.reclaims.filter(
    (node) => node.entitlement_id === row.entitlement_id && row.agency_path.startsWith(node.agency_path),
  );
}

/** Refuses to renew a seat that a dated reclaim leaves no room for; it ends with its lease and grace. */
function reclaim(ledger: Ledger, row: ActivationRow): Refused | undefined {
  const node = ledger.reclaimed.get(row.id);
  if (node === undefined) return undefined;
  const params = {
    ceiling: node.reclaim_ceiling ?? node.ceiling,
    agency: node.agency_id,
    since: node.reclaim_at?.toISOString() ?? '',
  };
  return refused({ refuse: 'LICENSING_SEAT_RECLAIMED', params });
}
