import type { DeviceJwk } from '@imprint/protocol';
import { sql, type Transaction } from 'kysely';
import type { AntivirusTables } from './antivirus/tables.ts';
import type { DeploymentTables } from './deployment/tables.ts';
import { moveInventory } from './inventory/follow.ts';
import type { InventoryTables } from './inventory/tables.ts';
import { placeDevice } from './posture/follow.ts';
import type { PostureTables } from './posture/tables.ts';
import type { RolloutTables } from './rollout/tables.ts';

export interface FleetTables
  extends DeploymentTables,
    RolloutTables,
    PostureTables,
    InventoryTables,
    AntivirusTables {
  fleet_enrolment_token: {
    id: string;
    agency_path: string;
    label: string;
    secret_sha256: string;
    created_at: Date;
    expires_at: Date;
    used_at: Date | null;
    used_by: string | null;
  };
  fleet_device: {
    id: string;
    agency_path: string;
    jwk: DeviceJwk | string;
    edition: string;
    channel: string;
    hostname: string;
    architecture: string;
    enrolled_at: Date;
    conflict_at: Date | null;
  };
  fleet_check_in: {
    device_id: string;
    agency_path: string;
    counter: number;
    message_sha256: string;
    issued_at: Date;
    received_at: Date;
    boot_id: string;
    /** Values of `observedAt` that the report refers to. */
    instants: unknown[];
    report_sha256: string;
    report_counter: number;
  };
  fleet_report: {
    device_id: string;
    agency_path: string;
    sha256: string;
    changed_at: Date;
    /** Without its instants: `unfoldReport` puts them back. */
    report: unknown;
  };
}

export type EnrolmentTokenRow = FleetTables['fleet_enrolment_token'];
export type DeviceRow = FleetTables['fleet_device'];
type Trx = Transaction<FleetTables>;

export async function insertEnrolmentToken(trx: Trx, row: EnrolmentTokenRow): Promise<void> {
  await trx.insertInto('fleet_enrolment_token').values(row).execute();
}

/** Reads an enrolment token and keeps it locked: of two keys that bring it at once, one is first. */
export function lockEnrolmentToken(trx: Trx, id: string): Promise<EnrolmentTokenRow | undefined> {
  return trx
    .selectFrom('fleet_enrolment_token')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function useEnrolmentToken(trx: Trx, id: string, device: string, at: Date): Promise<void> {
  await trx
    .updateTable('fleet_enrolment_token')
    .set({ used_at: at, used_by: device })
    .where('id', '=', id)
    .execute();
}

export function listEnrolmentTokens(
  trx: Trx,
  after: string | undefined,
  limit: number,
): Promise<EnrolmentTokenRow[]> {
  return trx
    .selectFrom('fleet_enrolment_token')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/**
 * Adds a device, or enrols a known one anew: another agency, edition or channel, the same key and counter. What counts it moves
 * with it.
 */
export async function putDevice(trx: Trx, row: DeviceRow): Promise<void> {
  const { agency_path, edition, channel, hostname, architecture, enrolled_at } = row;
  const anew = { agency_path, edition, channel, hostname, architecture, enrolled_at };
  await trx
    .insertInto('fleet_device')
    .values({ ...row, jwk: JSON.stringify(row.jwk) })
    .onConflict((on) => on.column('id').doUpdateSet(anew))
    .execute();
  await trx.updateTable('fleet_check_in').set({ agency_path }).where('device_id', '=', row.id).execute();
  await trx.updateTable('fleet_report').set({ agency_path }).where('device_id', '=', row.id).execute();
  await placeDevice(trx, row.id, enrolled_at);
  await moveInventory(trx, row.id, enrolled_at);
}

export function findDevice(trx: Trx, id: string): Promise<DeviceRow | undefined> {
  return trx.selectFrom('fleet_device').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Path of the agency a device is enrolled in; undefined for a device never enrolled. */
export async function agencyOfDevice(trx: Trx, id: string): Promise<string | undefined> {
  const query = trx.selectFrom('fleet_device').select('agency_path').where('id', '=', id);
  return (await query.executeTakeFirst())?.agency_path;
}

/** Paths of the agencies that devices are enrolled in, by device; one never enrolled is absent. */
export async function agenciesOfDevices(trx: Trx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('fleet_device')
    .select(['id', 'agency_path'])
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row.agency_path]));
}

/** Marks devices whose key has two holders; returns those not marked before, with their agencies. */
export function markConflicts(
  trx: Trx,
  ids: readonly string[],
  at: Date,
): Promise<{ id: string; agency_path: string }[]> {
  return trx
    .updateTable('fleet_device')
    .set({ conflict_at: at })
    .where('id', 'in', ids)
    .where('conflict_at', 'is', null)
    .returning(['id', 'agency_path'])
    .execute();
}

/** Clears a device's conflict mark; returns its agency, or nothing when it is not visible or not marked. */
export async function clearConflict(trx: Trx, id: string): Promise<string | undefined> {
  const row = await trx
    .updateTable('fleet_device')
    .set({ conflict_at: null })
    .where('id', '=', id)
    .where('conflict_at', 'is not', null)
    .returning('agency_path')
    .executeTakeFirst();
  return row?.agency_path;
}

/** One verified check-in, on its way into a batch. `report` and `instants` are JSON text, taken apart by `foldReport`. */
export interface CheckInRow {
  readonly deviceId: string;
  readonly counter: number;
  readonly messageSha256: string;
  readonly issuedAt: Date;
  readonly receivedAt: Date;
  readonly bootId: string;
  readonly instants: string;
  readonly reportSha256: string;
  readonly report: string;
}

/**
 * The one statement of the hot path: rows sorted by device; a counter that does not grow changes nothing. The row itself
 * says, locked as it is, whether its report differs from the one before; with it comes the revision of what agencies have chosen,
 * so that nothing more is asked where nothing changed.
 */
export function upsertCheckIns(rows: readonly CheckInRow[]) {
  const column = <T>(pick: (row: CheckInRow) => T) => rows.map(pick);
  return sql<{ device_id: string; is_report_new: boolean; selections: number }>`
insert into fleet_check_in as c
  (device_id, agency_path, counter, message_sha256, issued_at, received_at, boot_id, instants, report_sha256, report_counter)
select d.id, d.agency_path, t.counter, t.message_sha256, t.issued_at, t.received_at, t.boot_id, t.instants::jsonb,
  t.report_sha256, t.counter
from unnest(${column((row) => row.deviceId)}::text[], ${column((row) => row.counter)}::bigint[],
            ${column((row) => row.messageSha256)}::text[], ${column((row) => row.issuedAt)}::timestamptz[],
            ${column((row) => row.receivedAt)}::timestamptz[], ${column((row) => row.bootId)}::text[],
            ${column((row) => row.instants)}::text[], ${column((row) => row.reportSha256)}::text[])
  as t (device_id, counter, message_sha256, issued_at, received_at, boot_id, instants, report_sha256)
join fleet_device d on d.id = t.device_id
order by d.id
on conflict (device_id) do update set
  agency_path = excluded.agency_path, counter = excluded.counter, message_sha256 = excluded.message_sha256,
  issued_at = excluded.issued_at, received_at = excluded.received_at, boot_id = excluded.boot_id,
  instants = excluded.instants, report = null, report_sha256 = excluded.report_sha256,
  report_counter = case when c.report_sha256 = excluded.report_sha256 then c.report_counter else excluded.counter end
where c.counter < excluded.counter
returning device_id, report_counter = counter as is_report_new,
  (select coalesce(max(revision), 0) from fleet_antivirus_selection) as selections`;
}

/** Writes the reports that differ from those before; their check-ins are stored and hold the locks. */
export async function putReports(trx: Trx, rows: readonly CheckInRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: CheckInRow) => T) => rows.map(pick);
  await sql`
insert into fleet_report (device_id, agency_path, sha256, changed_at, report)
select d.id, d.agency_path, t.sha256, t.received_at, t.report::jsonb
from unnest(${column((row) => row.deviceId)}::text[], ${column((row) => row.reportSha256)}::text[],
            ${column((row) => row.receivedAt)}::timestamptz[], ${column((row) => row.report)}::text[])
  as t (device_id, sha256, received_at, report)
join fleet_device d on d.id = t.device_id
order by d.id
on conflict (device_id) do update set
  agency_path = excluded.agency_path, sha256 = excluded.sha256, changed_at = excluded.changed_at,
  report = excluded.report`.execute(trx);
}

/** What is stored of devices whose messages were not. */
export function storedCounters(
  trx: Trx,
  ids: readonly string[],
): Promise<{ device_id: string; counter: number; message_sha256: string }[]> {
  return trx
    .selectFrom('fleet_check_in')
    .select(['device_id', 'counter', 'message_sha256'])
    .where('device_id', 'in', ids)
    .execute();
}
