import type { EntitlementRow } from '../tables.ts';

export type OverageTerms = Pick<
  EntitlementRow,
  'seats' | 'overage' | 'overage_percent' | 'overage_days' | 'overage_since'
>;

const dayMs = 86_400_000;

/** What a root's taken seats may never exceed: the seats agreed with what is tolerated beyond; null where any number is. */
export function hardCeilingOf({ seats, overage, overage_percent }: OverageTerms): number | null {
  if (overage === 'report') return null;
  return seats + Math.floor((seats * (overage_percent ?? 0)) / 100);
}

/** When a running overage is no longer tolerated; undefined where none runs, or where it always is. */
export function overageUntil({ overage, overage_days, overage_since }: OverageTerms): Date | undefined {
  if (overage !== 'percent' || overage_since === null) return undefined;
  return new Date(overage_since.getTime() + (overage_days ?? 0) * dayMs);
}

/** As `hardCeilingOf`, at an instant: once an overage was tolerated long enough, no further seat goes beyond those agreed. */
export function hardCeilingAt(terms: OverageTerms, now: Date): number | undefined {
  const until = overageUntil(terms);
  if (until !== undefined && until <= now) return terms.seats;
  return hardCeilingOf(terms) ?? undefined;
}
