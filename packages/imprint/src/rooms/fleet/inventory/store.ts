import { type QueryExecutorProvider, sql } from 'kysely';
import type { Holding, InstalledPackage, SetMovement } from './rules.ts';

type Trx = QueryExecutorProvider;

const purgeLock = 4_970_237;

/** Sets and counts are added under this lock, shared; they are purged under it, alone. */
export async function keepPurgeOut(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${purgeLock})`.execute(trx);
}

/** What devices said they had, and where they are enrolled; rows locked in order. */
export async function lockHoldings(
  trx: Trx,
  ids: readonly string[],
): Promise<Map<string, { enrolledAt: string; holding: Holding | undefined }>> {
  await sql`
    select from fleet_device_inventory where device_id = any(${ids}::text[]) order by device_id for update`.execute(
    trx,
  );
  const { rows } = await sql<{
    id: string;
    enrolled_at: string;
    agency_path: string | null;
    sha256: string | null;
  }>`
    select d.id, d.agency_path as enrolled_at, i.agency_path, i.sha256
    from fleet_device d left join fleet_device_inventory i on i.device_id = d.id
    where d.id = any(${ids}::text[])`.execute(trx);
  return new Map(
    rows.map(({ id, enrolled_at: enrolledAt, agency_path, sha256 }) => [
      id,
      {
        enrolledAt,
        holding:
          agency_path === null || sha256 === null
            ? undefined
            : { deviceId: id, agencyPath: agency_path, sha256 },
      },
    ]),
  );
}

/** Writes what devices have now, and forgets those that say nothing of it. */
export async function putHoldings(trx: Trx, rows: readonly Holding[], at: Date): Promise<void> {
  const gone = rows.filter(({ sha256 }) => sha256 === undefined).map(({ deviceId }) => deviceId);
  const here = rows.filter(({ sha256 }) => sha256 !== undefined);
  if (gone.length > 0)
    await sql`delete from fleet_device_inventory where device_id = any(${gone}::text[])`.execute(trx);
  if (here.length === 0) return;
  await sql`
    insert into fleet_device_inventory (device_id, agency_path, sha256, since)
    select device_id, agency_path, sha256, ${at} from unnest(${here.map((row) => row.deviceId)}::text[],
      ${here.map((row) => row.agencyPath)}::text[], ${here.map((row) => row.sha256)}::text[])
      as t (device_id, agency_path, sha256)
    order by device_id
    on conflict (device_id) do update set
      agency_path = excluded.agency_path, sha256 = excluded.sha256, since = excluded.since`.execute(trx);
}

/** Moves counts of sets, in order, so that batches do not deadlock. */
export async function moveSets(trx: Trx, movements: readonly SetMovement[]): Promise<void> {
  if (movements.length === 0) return;
  const moved = sql`unnest(${movements.map(({ sha256 }) => sha256)}::text[],
    ${movements.map(({ agencyPath }) => agencyPath)}::text[], ${movements.map(({ by }) => by)}::bigint[])
    as t (sha256, agency_path, by)`;
  const isCount = sql`(c.sha256, c.agency_path) = (t.sha256, t.agency_path)`;
  await sql`
    insert into fleet_inventory_count (sha256, agency_path, devices)
    select sha256, agency_path, 0 from ${moved} order by 1, 2 on conflict do nothing`.execute(trx);
  await sql`
    select from fleet_inventory_count c join ${moved} on ${isCount} order by c.sha256, c.agency_path for update of c`.execute(
    trx,
  );
  await sql`update fleet_inventory_count c set devices = c.devices + t.by from ${moved} where ${isCount}`.execute(
    trx,
  );
}

/** Of these sets, those that are stored. */
export async function knownSets(trx: Trx, digests: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ sha256: string }>`
    select sha256 from fleet_inventory where sha256 = any(${digests}::text[])`.execute(trx);
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** The set a device said it has. */
export async function setOfDevice(trx: Trx, deviceId: string): Promise<string | undefined> {
  const { rows } = await sql<{ sha256: string }>`
    select sha256 from fleet_device_inventory where device_id = ${deviceId}`.execute(trx);
  return rows[0]?.sha256;
}

/** Stores a set, once, however many bring it; false when it was there. */
export async function insertSet(
  trx: Trx,
  sha256: string,
  packages: readonly InstalledPackage[],
  at: Date,
): Promise<boolean> {
  const listed = sql`unnest(${packages.map(({ name }) => name)}::text[], ${packages.map(({ version }) => version)}::text[],
    ${packages.map(({ architecture }) => architecture)}::text[]) as t (name, version, architecture)`;
  await sql`
    insert into fleet_package (name, version, architecture)
    select name, version, architecture from ${listed}
    where not exists (select from fleet_package p
      where (p.name, p.version, p.architecture) = (t.name, t.version, t.architecture))
    order by 1, 2, 3 on conflict do nothing`.execute(trx);
  const inserted = await sql`
    insert into fleet_inventory (sha256, packages, stored_at)
    select ${sha256}, array(select p.id from fleet_package p join ${listed} using (name, version, architecture) order by 1),
      ${at}
    on conflict do nothing`.execute(trx);
  return Number(inserted.numAffectedRows ?? 0) > 0;
}

/**
 * Removes sets that no device has any more, at most so many, the packages that only these had, and counts of nobody, unless
 * somebody is counting right now; returns how many sets.
 */
export async function purgeSets(trx: Trx, limit: number): Promise<number> {
  const { rows } = await sql<{
    alone: boolean;
  }>`select pg_try_advisory_xact_lock(${purgeLock}) as alone`.execute(trx);
  if (rows[0]?.alone !== true) return 0;
  const orphans = await sql<{ packages: number[] }>`
    delete from fleet_inventory where sha256 = any(array(
      select sha256 from fleet_inventory i
      where not exists (select from fleet_inventory_count c where c.sha256 = i.sha256 and c.devices > 0)
      limit ${limit}))
    returning packages`.execute(trx);
  const ids = [...new Set(orphans.rows.flatMap(({ packages }) => packages))];
  await sql`
    delete from fleet_package p where p.id = any(${ids}::int[])
      and not exists (select from fleet_inventory i where i.packages @> array[p.id])`.execute(trx);
  await sql`
    delete from fleet_inventory_count where ctid = any(array(
      select ctid from fleet_inventory_count where devices = 0 limit ${limit}))`.execute(trx);
  return orphans.rows.length;
}

/** Devices by set, of agencies the context may see: of one agency, and of each other. */
export async function devicesBySet(
  trx: Trx,
): Promise<{ sha256: string; agency_path: string; devices: number }[]> {
  const { rows } = await sql<{ sha256: string; agency_path: string; devices: number }>`
    select sha256, agency_path, devices from fleet_inventory_count where devices > 0`.execute(trx);
  return rows;
}

/** How many devices there are, by agency, of those the context may see. */
export async function devicesByAgency(trx: Trx): Promise<{ agency_path: string; devices: number }[]> {
  const { rows } = await sql<{ agency_path: string; devices: number }>`
    select agency_path, sum(devices)::bigint as devices from fleet_compliance
    where figure = 'overall' group by agency_path`.execute(trx);
  return rows;
}

/** Versions of a package in any set. */
export async function versionsOf(
  trx: Trx,
  name: string,
): Promise<{ id: number; version: string; architecture: string }[]> {
  const { rows } = await sql<{ id: number; version: string; architecture: string }>`
    select id, version, architecture from fleet_package where name = ${name}`.execute(trx);
  return rows;
}

/** Of these sets, those that hold one of these packages, with which. */
export async function setsWith(
  trx: Trx,
  digests: readonly string[],
  packageIds: readonly number[],
): Promise<Map<string, number[]>> {
  const { rows } = await sql<{ sha256: string; ids: number[] }>`
    select sha256, array(select unnest(packages) intersect select unnest(${packageIds}::int[])) as ids
    from fleet_inventory where packages && ${packageIds}::int[] and sha256 = any(${digests}::text[])`.execute(
    trx,
  );
  return new Map(rows.map(({ sha256, ids }) => [sha256, ids]));
}

/** Devices of one agency, not of those below it, that have one of these sets, by id. */
export async function devicesWithSets(
  trx: Trx,
  agencyPath: string,
  digests: readonly string[],
  page: { after: string | undefined; limit: number },
): Promise<{ id: string; hostname: string; sha256: string }[]> {
  const { rows } = await sql<{ id: string; hostname: string; sha256: string }>`
    select d.id, d.hostname, i.sha256
    from fleet_device_inventory i join fleet_device d on d.id = i.device_id
    where i.agency_path = ${agencyPath} and i.sha256 = any(${digests}::text[]) and d.id > ${page.after ?? ''}
    order by d.id limit ${page.limit}`.execute(trx);
  return rows;
}
