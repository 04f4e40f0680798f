import type { AntivirusProvider } from '@imprint/protocol';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { SelectionRow } from './tables.ts';

type Trx = QueryExecutorProvider;

/** Keeps others from choosing until the transaction ends, so that revisions grow in the order in which they are seen. */
export async function lockSelections(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(4970238)`.execute(trx);
}

/** What agencies that the context may see have chosen, the widest first. */
export async function allSelections(trx: Trx): Promise<SelectionRow[]> {
  const { rows } = await sql<SelectionRow>`
    select * from fleet_antivirus_selection where not is_cleared order by agency_path, device_class`.execute(
    trx,
  );
  return rows;
}

/** Writes a choice under the next revision; the choices are locked. */
export async function putSelection(trx: Trx, row: Omit<SelectionRow, 'revision'>): Promise<void> {
  await sql`
    insert into fleet_antivirus_selection
      (id, agency_path, device_class, provider, definitions_ring, allowed, is_fixed, set_by, set_at, is_cleared, revision)
    values (${row.id}, ${row.agency_path}, ${row.device_class}, ${row.provider}, ${row.definitions_ring}, ${row.allowed},
      ${row.is_fixed}, ${row.set_by}, ${row.set_at}, ${row.is_cleared},
      (select coalesce(max(revision), 0) + 1 from fleet_antivirus_selection))
    on conflict (agency_path, device_class) do update set
      provider = excluded.provider, definitions_ring = excluded.definitions_ring, allowed = excluded.allowed,
      is_fixed = excluded.is_fixed, set_by = excluded.set_by, set_at = excluded.set_at, is_cleared = excluded.is_cleared,
      revision = excluded.revision`.execute(trx);
}

export interface CurrentRow {
  readonly sha256: string;
  readonly edition: string;
  readonly channel: string;
  readonly version: string;
}

/** Releases that channels stand at now. */
export async function currentReleases(trx: Trx, now: Date): Promise<CurrentRow[]> {
  const { rows } = await sql<CurrentRow>`
    select sha256, edition, channel, version from release_release
    where state = 'current' and expires_at > ${now} order by edition, channel`.execute(trx);
  return rows;
}

/** Providers that releases list; a release that lists none is absent. */
export async function providersOf(
  trx: Trx,
  digests: readonly string[],
): Promise<Map<string, AntivirusProvider[]>> {
  const { rows } = await sql<{ sha256: string; providers: AntivirusProvider[] }>`
    select sha256, manifest -> 'antivirusProviders' as providers from release_release
    where sha256 = any(${digests}::text[]) and jsonb_typeof(manifest -> 'antivirusProviders') = 'array'`.execute(
    trx,
  );
  return new Map(rows.map(({ sha256, providers }) => [sha256, providers]));
}

export interface DirectedRow {
  readonly id: string;
  readonly agency_path: string;
  readonly edition: string;
  readonly channel: string;
}

export async function directedDevices(trx: Trx, ids: readonly string[]): Promise<DirectedRow[]> {
  const { rows } = await sql<DirectedRow>`
    select id, agency_path, edition, channel from fleet_device where id = any(${ids}::text[])`.execute(trx);
  return rows;
}
