import type { DeviceClass, Sector } from '@imprint/protocol';
import { sql } from 'kysely';
import type { AllocationRow, Trx } from '../tables.ts';
import type { KnownAgency, KnownEntitlement } from './model.ts';
import type { SeatGroup } from './seat-tree.ts';

/** Rows of one INSERT: a statement has at most 65535 parameters. */
const batch = 1000;

/** Agencies at or below a path that a code or an id names, and the one at the path. */
export async function findAgencies(trx: Trx, path: string, names: readonly string[]): Promise<KnownAgency[]> {
  const { rows } = await sql<AgencyColumns>`
    select id, code, path, parent_id, kind, sector, name_en, name_zh from organisation_agency
    where starts_with(path, ${path})
      and (path = ${path} or code = any(${names}::text[]) or id = any(${names}::text[]))`.execute(trx);
  return rows.map((row) => ({
    id: row.id,
    ...(row.code === null ? {} : { code: row.code }),
    path: row.path,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    kind: row.kind,
    ...(row.sector === null ? {} : { sector: row.sector }),
    nameEn: row.name_en,
    nameZh: row.name_zh,
  }));
}

interface AgencyColumns {
  readonly id: string;
  readonly code: string | null;
  readonly path: string;
  readonly parent_id: string | null;
  readonly kind: KnownAgency['kind'];
  readonly sector: Sector | null;
  readonly name_en: string;
  readonly name_zh: string;
}

/**
 * Entitlements in force of agreements with these numbers that somebody at a path may know of: the licensee is at or below
 * it, or seats are allocated there.
 */
export async function findEntitlements(
  trx: Trx,
  path: string,
  numbers: readonly string[],
  now: Date,
): Promise<KnownEntitlement[]> {
  const { rows } = await sql<{ id: string; number: string; device_class: DeviceClass; agency_path: string }>`
    select entitlement.id, agreement.number, entitlement.device_class, entitlement.agency_path
    from licensing_entitlement entitlement
      join licensing_agreement agreement on agreement.id = entitlement.agreement_id
    where agreement.number = any(${numbers}::text[])
      and agreement.ended_at is null and agreement.ends_at > ${now}
      and entitlement.ended_at is null and entitlement.ends_at > ${now}
      and (starts_with(agreement.agency_path, ${path}) or exists (
        select from licensing_allocation allocation
        where allocation.entitlement_id = entitlement.id and starts_with(allocation.agency_path, ${path})))
    order by entitlement.id`.execute(trx);
  return rows.map((row) => ({
    id: row.id,
    agreement: row.number,
    deviceClass: row.device_class,
    agencyPath: row.agency_path,
  }));
}

/** How many activations hang on each node of some trees, by the agency of their devices. */
export async function listSeatGroups(trx: Trx, entitlementIds: readonly string[]): Promise<SeatGroup[]> {
  const { rows } = await sql<{ allocation_id: string; agency_path: string; seats: number }>`
    select allocation_id, agency_path, (count(*) filter (where state = 'active'))::integer as seats
    from licensing_activation where entitlement_id = any(${entitlementIds}::text[])
    group by allocation_id, agency_path`.execute(trx);
  return rows.map((row) => ({
    allocationId: row.allocation_id,
    agencyPath: row.agency_path,
    seats: row.seats,
  }));
}

/** Adds nodes, parents before their children. */
export async function insertNodes(trx: Trx, rows: readonly AllocationRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += batch) {
    await trx
      .insertInto('licensing_allocation')
      .values(rows.slice(start, start + batch))
      .execute();
  }
}

/** Writes where nodes hang, what they may take and what is taken. */
export async function saveNodes(trx: Trx, rows: readonly AllocationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const of = <K extends keyof AllocationRow>(column: K) => rows.map((row) => row[column]);
  await sql`
    update licensing_allocation as node
    set parent_id = changed.parent_id, floor = changed.floor, ceiling = changed.ceiling,
      hard_ceiling = changed.hard_ceiling, own = changed.own, taken = changed.taken,
      reclaim_ceiling = changed.reclaim_ceiling, reclaim_at = changed.reclaim_at
    from unnest(${of('id')}::text[], ${of('parent_id')}::text[], ${of('floor')}::integer[],
      ${of('ceiling')}::integer[], ${of('hard_ceiling')}::integer[], ${of('own')}::integer[],
      ${of('taken')}::integer[], ${of('reclaim_ceiling')}::integer[], ${of('reclaim_at')}::timestamptz[])
      as changed (id, parent_id, floor, ceiling, hard_ceiling, own, taken, reclaim_ceiling, reclaim_at)
    where node.id = changed.id`.execute(trx);
}

/** Hangs activations of agencies on other nodes. */
export async function moveGroups(
  trx: Trx,
  moves: readonly { readonly from: string; readonly to: string; readonly agencyPath: string }[],
): Promise<void> {
  if (moves.length === 0) return;
  await sql`
    update licensing_activation as activation set allocation_id = moved.to_id
    from unnest(${moves.map(({ from }) => from)}::text[], ${moves.map(({ to }) => to)}::text[],
      ${moves.map(({ agencyPath }) => agencyPath)}::text[]) as moved (from_id, to_id, agency_path)
    where activation.allocation_id = moved.from_id and activation.agency_path = moved.agency_path`.execute(
    trx,
  );
}
