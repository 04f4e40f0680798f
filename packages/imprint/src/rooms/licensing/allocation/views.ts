import { sql } from 'kysely';
import { type AccessContext, isWithin } from '../../../platform/database/index.ts';
import type { AgreementRow, AllocationRow, EntitlementRow, Trx } from '../tables.ts';
import type { Agreement, Allocation, Entitlement } from './model.ts';
import { overageUntil } from './overage.ts';
import { freeAt, type SeatNode } from './rules.ts';
import { nodeOf } from './store.ts';

interface Page {
  readonly after: string | undefined;
  readonly limit: number;
}

/** Agreements the context may see, by id. */
export async function listAgreements(trx: Trx, page: Page): Promise<Agreement[]> {
  const rows = await trx
    .selectFrom('licensing_agreement')
    .selectAll()
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(agreementOf);
}

/** Entitlements the context may see, by id, with what is taken of them now. */
export async function listEntitlements(
  trx: Trx,
  page: Page & { readonly agreementId: string | undefined },
  now: Date,
): Promise<Entitlement[]> {
  const rows = await trx
    .selectFrom('licensing_entitlement as entitlement')
    .innerJoin('licensing_allocation as root', (join) =>
      join.onRef('root.entitlement_id', '=', 'entitlement.id').on('root.parent_id', 'is', null),
    )
    .selectAll('entitlement')
    .select(['root.agency_id', 'root.taken'])
    .where('entitlement.id', '>', page.after ?? '')
    .$if(page.agreementId !== undefined, (query) =>
      query.where('entitlement.agreement_id', '=', page.agreementId ?? ''),
    )
    .orderBy('entitlement.id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => entitlementOf(row, row, now));
}

/**
 * Nodes at or below the asker's agency, by id. Runs under the service's context, because what is free at a node depends on
 * nodes above the asker's; of those only that figure leaves. One statement, so that the figures belong together.
 */
export async function listAllocations(
  trx: Trx,
  access: AccessContext,
  page: Page & { readonly entitlementId: string | undefined },
  now: Date,
): Promise<Allocation[]> {
  const { rows } = await sql<AllocationRow & SeatsOf & { chain: Link[] }>`
    select node.*, entitlement.edition, entitlement.device_class, (
      select jsonb_agg(jsonb_build_object('agencyPath', above.agency_path, 'floor', above.floor, 'ceiling', above.ceiling,
        'taken', above.taken) order by length(above.agency_path) desc)
      from licensing_allocation above
      where above.entitlement_id = node.entitlement_id and starts_with(node.agency_path, above.agency_path)) as chain
    from licensing_allocation node join licensing_entitlement entitlement on entitlement.id = node.entitlement_id
    where node.agency_path like ${`${access.agencyPath}%`} and node.id > ${page.after ?? ''}
      and (${page.entitlementId ?? null}::text is null or node.entitlement_id = ${page.entitlementId ?? null})
    order by node.id limit ${page.limit}`.execute(trx);
  return rows.map((row) => allocationOf(access, row, row.chain, row, now));
}

/** What a node's figures depend on, of itself and each node above. */
type Link = Pick<SeatNode, 'floor' | 'ceiling' | 'taken'> & { readonly agencyPath: string };
type SeatsOf = Pick<EntitlementRow, 'edition' | 'device_class'>;

export const linkOf = (row: AllocationRow): Link => ({ ...nodeOf(row), agencyPath: row.agency_path });

/** A node as the asker may see it; the chain begins with it and ends at the root. */
export function allocationOf(
  access: AccessContext,
  row: AllocationRow,
  chain: readonly Link[],
  { edition, device_class }: SeatsOf,
  now: Date,
): Allocation {
  const parent = chain[1];
  const isParentVisible = parent !== undefined && isWithin(access, parent.agencyPath);
  return {
    id: row.id,
    entitlementId: row.entitlement_id,
    agencyId: row.agency_id,
    ...(row.parent_id !== null && isParentVisible ? { parentId: row.parent_id } : {}),
    edition,
    deviceClass: device_class,
    floor: row.floor,
    ceiling: row.ceiling,
    own: row.own,
    taken: row.taken,
    free: freeAt(chain),
    ...(row.reclaim_ceiling === null || row.reclaim_at === null
      ? {}
      : { reclaim: { ceiling: row.reclaim_ceiling, at: row.reclaim_at.toISOString() } }),
    asOf: now.toISOString(),
  };
}

export function agreementOf(row: AgreementRow): Agreement {
  return {
    id: row.id,
    agencyId: row.agency_id,
    number: row.number,
    licensor: row.licensor,
    sector: row.sector,
    edition: row.edition,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    documentSha256: row.document_sha256,
    createdAt: row.created_at.toISOString(),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at.toISOString() }),
  };
}

/** An entitlement with what its root says is taken. */
export function entitlementOf(
  row: EntitlementRow,
  root: Pick<AllocationRow, 'agency_id' | 'taken'>,
  now: Date,
): Entitlement {
  const until = overageUntil(row);
  return {
    id: row.id,
    agreementId: row.agreement_id,
    agencyId: root.agency_id,
    edition: row.edition,
    deviceClass: row.device_class,
    seats: row.seats,
    taken: root.taken,
    features: row.features,
    overage: {
      policy: row.overage,
      ...(row.overage_percent === null ? {} : { percent: row.overage_percent }),
      ...(row.overage_days === null ? {} : { days: row.overage_days }),
      count: Math.max(0, root.taken - row.seats),
      ...(row.overage_since === null ? {} : { since: row.overage_since.toISOString() }),
      ...(until === undefined ? {} : { until: until.toISOString() }),
    },
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at.toISOString() }),
    asOf: now.toISOString(),
  };
}
