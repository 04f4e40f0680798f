import { graceDays } from '@imprint/trust';
import { sql } from 'kysely';
import type { Trx } from '../tables.ts';
import type { UsageRow } from './rules.ts';

export interface LogHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Every node at or below an agency with its figures, and the end of the log: one statement, so that all of it is of one moment.
 * Nodes come by entitlement and path.
 */
export async function readUsage(
  trx: Trx,
  agencyPath: string,
  { from, asOf }: { readonly from: Date; readonly asOf: Date },
): Promise<{ readonly rows: readonly UsageRow[]; readonly head: LogHead }> {
  const graceOver = new Date(asOf.getTime() - graceDays * 86_400_000);
  const { rows } = await sql<LogHead & { readonly usage: UsageRow | null }>`
with figures as (
  select allocation_id,
    count(*) filter (where state = 'active' and generation > 0 and lease_ends_at > ${asOf})::integer as current,
    count(*) filter (where state = 'active' and generation > 0 and lease_ends_at <= ${asOf}
                       and lease_ends_at > ${graceOver})::integer as grace,
    count(*) filter (where state = 'active' and generation > 0 and lease_ends_at <= ${graceOver})::integer as lapsed,
    count(*) filter (where state = 'active' and generation = 0)::integer as waiting,
    count(*) filter (where state = 'active' and seat = 'overage')::integer as overage,
    count(*) filter (where state = 'revoked' and ended_at > ${from} and ended_at <= ${asOf})::integer as revoked,
    min(renewed_at) filter (where state = 'active') as oldest_renewed_at
  from licensing_activation
  where agency_path like ${`${agencyPath}%`}
  group by allocation_id
), usage as (
  select node.entitlement_id, entitlement.agreement_id, agreement.sector, entitlement.edition, entitlement.device_class,
    entitlement.starts_at, entitlement.ends_at, coalesce(entitlement.ended_at, agreement.ended_at) as ended_at,
    node.agency_id, parent.agency_id as parent_agency_id, node.agency_path,
    node.floor, node.ceiling, node.taken, node.own,
    coalesce(figures.current, 0) as current, coalesce(figures.grace, 0) as grace,
    coalesce(figures.lapsed, 0) as lapsed, coalesce(figures.waiting, 0) as waiting,
    coalesce(figures.overage, 0) as overage, coalesce(figures.revoked, 0) as revoked, figures.oldest_renewed_at
  from licensing_allocation node
  join licensing_entitlement entitlement on entitlement.id = node.entitlement_id
  join licensing_agreement agreement on agreement.id = entitlement.agreement_id
  left join licensing_allocation parent on parent.id = node.parent_id
  left join figures on figures.allocation_id = node.id
  where starts_with(node.agency_path, ${agencyPath})
)
select head.seq, head.hash, to_jsonb(usage) as usage
from assurance_head head left join usage on true
order by usage.entitlement_id, usage.agency_path collate "C"`.execute(trx);
  const [first] = rows;
  if (first === undefined) throw new TypeError('the log has no head');
  return {
    rows: rows.flatMap(({ usage }) => (usage === null ? [] : [withDates(usage)])),
    head: { seq: first.seq, hash: first.hash },
  };
}

/** JSON has no instants: they come as text. */
function withDates(usage: UsageRow): UsageRow {
  const date = (value: Date | null) => (value === null ? null : new Date(value));
  return {
    ...usage,
    starts_at: new Date(usage.starts_at),
    ends_at: new Date(usage.ends_at),
    ended_at: date(usage.ended_at),
    oldest_renewed_at: date(usage.oldest_renewed_at),
  };
}
