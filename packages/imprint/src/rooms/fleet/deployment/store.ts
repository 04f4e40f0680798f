import { sql, type Transaction } from 'kysely';
import type { OrganisationTables } from '../../organisation/index.ts';
import type { DeploymentTables, DeploymentTokenRow, PreregistrationRow } from './tables.ts';

type Trx = Transaction<DeploymentTables & OrganisationTables>;

export async function insertToken(trx: Trx, row: DeploymentTokenRow): Promise<void> {
  await trx.insertInto('fleet_deployment_token').values(row).execute();
}

/** Reads a token and keeps it locked: its count moves by one device at a time. */
export function lockToken(trx: Trx, id: string): Promise<DeploymentTokenRow | undefined> {
  return trx
    .selectFrom('fleet_deployment_token')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function listTokens(
  trx: Trx,
  after: string | undefined,
  limit: number,
): Promise<DeploymentTokenRow[]> {
  return trx
    .selectFrom('fleet_deployment_token')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function revokeToken(trx: Trx, id: string, at: Date): Promise<string | undefined> {
  const row = await trx
    .updateTable('fleet_deployment_token')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('agency_path')
    .executeTakeFirst();
  return row?.agency_path;
}

export async function countDevice(trx: Trx, id: string): Promise<void> {
  await sql`update fleet_deployment_token set devices = devices + 1 where id = ${id}`.execute(trx);
}

export function useOf(trx: Trx, deviceId: string) {
  return trx
    .selectFrom('fleet_deployment_use')
    .selectAll()
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
}

export async function putUse(trx: Trx, row: DeploymentTables['fleet_deployment_use']): Promise<void> {
  const { device_id: _id, ...anew } = row;
  await trx
    .insertInto('fleet_deployment_use')
    .values(row)
    .onConflict((on) => on.column('device_id').doUpdateSet(anew))
    .execute();
}

export function lockListed(trx: Trx, serialSha256: string): Promise<PreregistrationRow | undefined> {
  return trx
    .selectFrom('fleet_preregistration')
    .selectAll()
    .where('serial_sha256', '=', serialSha256)
    .forUpdate()
    .executeTakeFirst();
}

export async function markEnrolled(trx: Trx, id: string, deviceId: string, at: Date): Promise<void> {
  await trx
    .updateTable('fleet_preregistration')
    .set({ device_id: deviceId, enrolled_at: at })
    .where('id', '=', id)
    .execute();
}

/** Rows of some serial numbers, whoever listed them, locked; no other list is kept until the transaction ends. */
export async function lockSerials(trx: Trx, serials: readonly string[]): Promise<PreregistrationRow[]> {
  // Two lists that bring the same number anew would not see each other's row.
  await sql`select pg_advisory_xact_lock(4970239)`.execute(trx);
  return trx
    .selectFrom('fleet_preregistration')
    .selectAll()
    .where(sql<boolean>`serial_sha256 = any(${serials}::text[])`)
    .orderBy('serial_sha256')
    .forUpdate()
    .execute();
}

export async function insertListed(trx: Trx, rows: readonly PreregistrationRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += 1000)
    await trx
      .insertInto('fleet_preregistration')
      .values(rows.slice(start, start + 1000))
      .execute();
}

export async function changeListed(trx: Trx, rows: readonly PreregistrationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: PreregistrationRow) => T) => rows.map(pick);
  await sql`
    update fleet_preregistration p set agency_path = t.agency_path, asset_tag = t.asset_tag,
      device_class = t.device_class, device_id = t.device_id, enrolled_at = t.enrolled_at
    from unnest(${column((row) => row.id)}::text[], ${column((row) => row.agency_path)}::text[],
      ${column((row) => row.asset_tag)}::text[], ${column((row) => row.device_class)}::text[],
      ${column((row) => row.device_id)}::text[], ${column((row) => row.enrolled_at)}::timestamptz[])
      as t (id, agency_path, asset_tag, device_class, device_id, enrolled_at)
    where p.id = t.id`.execute(trx);
}

export function listListed(
  trx: Trx,
  after: string | undefined,
  limit: number,
): Promise<PreregistrationRow[]> {
  return trx
    .selectFrom('fleet_preregistration')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export function listHeld(trx: Trx, after: string | undefined, limit: number) {
  return trx
    .selectFrom('fleet_deployment_use')
    .selectAll()
    .where('is_held', '=', true)
    .where('device_id', '>', after ?? '')
    .orderBy('device_id')
    .limit(limit)
    .execute();
}

/** Paths of agencies at or below one, by code. */
export async function agencyPaths(
  trx: Trx,
  below: string,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ code: string; path: string }>`
    select code, path from organisation_agency
    where starts_with(path, ${below}) and code = any(${codes}::text[])`.execute(trx);
  return new Map(rows.map(({ code, path }) => [code, path]));
}
