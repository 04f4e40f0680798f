import { type QueryExecutorProvider, sql } from 'kysely';
import type { PostureState } from '../model.ts';
import type { Counted, Movement, Verdict, Verdicts } from './rules.ts';

/** A transaction: these statements name their tables themselves. */
export type Trx = QueryExecutorProvider;

/** A device as it is counted now, and the ring it is in by now. */
export interface PlacedRow {
  readonly device_id: string;
  readonly agency_path: string;
  readonly edition: string;
  readonly rollout_id: string | null;
  readonly ring_number: number | null;
  readonly ring: string | null;
  readonly counted_path: string | null;
  readonly counted_edition: string | null;
  readonly verdicts: Verdicts | null;
  readonly heard_on: string | null;
  readonly ages_at: Date | number | null;
}

const placedColumns = sql`
  d.id as device_id, d.agency_path, d.edition, s.rollout_id, s.ring as ring_number, p.ring, p.agency_path as counted_path,
  p.edition as counted_edition, p.verdicts, p.heard_on::text as heard_on, p.ages_at`;

export async function placedDevices(trx: Trx, ids: readonly string[]): Promise<PlacedRow[]> {
  const { rows } = await sql<PlacedRow>`
    select ${placedColumns}
    from fleet_device d
    left join fleet_posture p on p.device_id = d.id
    left join fleet_rollout_device s on s.device_id = d.id
    where d.id = any(${ids}::text[])`.execute(trx);
  return rows;
}

/** Keeps others from moving what counts these devices, in order, so that batches do not deadlock. */
export async function lockPostures(trx: Trx, ids: readonly string[]): Promise<void> {
  await sql`select from fleet_posture where device_id = any(${ids}::text[]) order by device_id for update`.execute(
    trx,
  );
}

/** Names of the rings of rollouts. */
export async function ringNames(trx: Trx, rolloutIds: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; names: string[] }>`
    select r.id, jsonb_path_query_array(p.plan, '$.rings[*].name') as names
    from fleet_rollout r join fleet_ring_plan p on p.id = r.plan_id
    where r.id = any(${rolloutIds}::text[])`.execute(trx);
  return new Map(rows.map(({ id, names }) => [id, names]));
}

export interface PostureRow extends Counted {
  readonly deviceId: string;
  readonly agesAt: Date | undefined;
}

/** Writes where devices stand; their rows are locked, or there are none yet. */
export async function putPostures(trx: Trx, rows: readonly PostureRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: PostureRow) => T) => rows.map(pick);
  await sql`
    insert into fleet_posture (device_id, agency_path, edition, ring, verdicts, ages_at, heard_on)
    select device_id, agency_path, edition, ring, verdicts::jsonb, ages_at, heard_on
    from unnest(${column((row) => row.deviceId)}::text[], ${column((row) => row.agencyPath)}::text[],
      ${column((row) => row.edition)}::text[], ${column((row) => row.ring)}::text[],
      ${column((row) => JSON.stringify(row.verdicts))}::text[], ${column((row) => row.agesAt ?? null)}::timestamptz[],
      ${column((row) => row.heardOn ?? null)}::date[])
      as t (device_id, agency_path, edition, ring, verdicts, ages_at, heard_on)
    order by device_id
    on conflict (device_id) do update set
      agency_path = excluded.agency_path, edition = excluded.edition, ring = excluded.ring, verdicts = excluded.verdicts,
      ages_at = excluded.ages_at, heard_on = excluded.heard_on`.execute(trx);
}

interface Cell {
  readonly agencyPath: string;
  readonly edition: string;
  readonly ring: string;
  readonly figure: string;
  readonly state: string;
  readonly by: number;
}

/** Moves what is counted: cells in order, so that batches do not deadlock. */
export async function moveCounts(trx: Trx, movements: readonly Movement[]): Promise<void> {
  const cells: Cell[] = [];
  const days: Cell[] = [];
  for (const { what, ...rest } of movements) {
    if ('heardOn' in what) days.push({ ...rest, figure: what.heardOn, state: '' });
    else cells.push({ ...rest, figure: what.figure, state: what.state });
  }
  await moveCells(trx, cells);
  if (days.length > 0) await keepPurgeOut(trx);
  await moveDays(trx, days);
}

const columnsOf = (cells: readonly Cell[]) => ({
  agencyPath: cells.map((cell) => cell.agencyPath),
  edition: cells.map((cell) => cell.edition),
  ring: cells.map((cell) => cell.ring),
  figure: cells.map((cell) => cell.figure),
  state: cells.map((cell) => cell.state),
  by: cells.map((cell) => cell.by),
});

async function moveCells(trx: Trx, cells: readonly Cell[]): Promise<void> {
  if (cells.length === 0) return;
  const { agencyPath, edition, ring, figure, state, by } = columnsOf(cells);
  const moved = sql`unnest(${agencyPath}::text[], ${edition}::text[], ${ring}::text[], ${figure}::text[],
    ${state}::text[], ${by}::bigint[]) as t (agency_path, edition, ring, figure, state, by)`;
  const isCell = sql`(c.agency_path, c.edition, c.ring, c.figure, c.state) =
    (t.agency_path, t.edition, t.ring, t.figure, t.state)`;
  await sql`
    insert into fleet_compliance (agency_path, edition, ring, figure, state, devices)
    select agency_path, edition, ring, figure, state, 0 from ${moved} order by 1, 2, 3, 4, 5
    on conflict do nothing`.execute(trx);
  await sql`
    select from fleet_compliance c join ${moved} on ${isCell}
    order by c.agency_path, c.edition, c.ring, c.figure, c.state for update of c`.execute(trx);
  await sql`update fleet_compliance c set devices = c.devices + t.by from ${moved} where ${isCell}`.execute(
    trx,
  );
}

async function moveDays(trx: Trx, days: readonly Cell[]): Promise<void> {
  if (days.length === 0) return;
  const { agencyPath, edition, ring, figure: day, by } = columnsOf(days);
  const moved = sql`unnest(${agencyPath}::text[], ${edition}::text[], ${ring}::text[], ${day}::date[], ${by}::bigint[])
    as t (agency_path, edition, ring, heard_on, by)`;
  const isCell = sql`(c.agency_path, c.edition, c.ring, c.heard_on) = (t.agency_path, t.edition, t.ring, t.heard_on)`;
  await sql`
    insert into fleet_compliance_day (agency_path, edition, ring, heard_on, devices)
    select agency_path, edition, ring, heard_on, 0 from ${moved} order by 1, 2, 3, 4
    on conflict do nothing`.execute(trx);
  await sql`
    select from fleet_compliance_day c join ${moved} on ${isCell}
    order by c.agency_path, c.edition, c.ring, c.heard_on for update of c`.execute(trx);
  await sql`update fleet_compliance_day c set devices = c.devices + t.by from ${moved} where ${isCell}`.execute(
    trx,
  );
}

const purgeLock = 4_970_236;

/** Days are added under this lock, shared; they are purged under it, alone. */
async function keepPurgeOut(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${purgeLock})`.execute(trx);
}

/** Removes days that count nobody any more, unless somebody is counting right now; returns how many. */
export async function purgeDays(trx: Trx, limit: number): Promise<number> {
  const { rows } = await sql<{
    alone: boolean;
  }>`select pg_try_advisory_xact_lock(${purgeLock}) as alone`.execute(trx);
  if (rows[0]?.alone !== true) return 0;
  const deleted = await sql`
    delete from fleet_compliance_day where ctid = any(array(
      select ctid from fleet_compliance_day where devices = 0 limit ${limit}))`.execute(trx);
  return Number(deleted.numAffectedRows ?? 0);
}

/** Devices whose verdict may have changed by itself, at most so many, locked; what others work on is passed over. */
export async function lockDue(trx: Trx, now: Date, limit: number): Promise<string[]> {
  const { rows } = await sql<{ device_id: string }>`
    select device_id from fleet_posture where ages_at <= ${now}
    order by ages_at limit ${limit} for update skip locked`.execute(trx);
  const ids = rows.map((row) => row.device_id);
  const free = await sql<{ device_id: string }>`
    select device_id from fleet_check_in where device_id = any(${ids}::text[]) for update skip locked`.execute(
    trx,
  );
  const silent = await sql<{ id: string }>`
    select id from unnest(${ids}::text[]) as t (id)
    where not exists (select from fleet_check_in c where c.device_id = id)`.execute(trx);
  return [...free.rows.map((row) => row.device_id), ...silent.rows.map(({ id }) => id)].sort();
}

export interface LastWordRow {
  readonly device_id: string;
  readonly received_at: Date;
  readonly instants: unknown[];
  readonly report: unknown;
}

/** What devices last said, as it is stored. */
export async function lastWords(trx: Trx, ids: readonly string[]): Promise<Map<string, LastWordRow>> {
  const { rows } = await sql<LastWordRow>`
    select c.device_id, c.received_at, c.instants, r.report
    from fleet_check_in c join fleet_report r on r.device_id = c.device_id
    where c.device_id = any(${ids}::text[])`.execute(trx);
  return new Map(rows.map((row) => [row.device_id, row]));
}

export interface CellRow {
  readonly agency_path: string;
  readonly edition: string;
  readonly ring: string;
  readonly state: PostureState;
  readonly devices: number;
}

/** Devices by state of a figure, of agencies that the context may see. */
export async function cellsOf(trx: Trx, figure: string): Promise<CellRow[]> {
  const { rows } = await sql<CellRow>`
    select agency_path, edition, ring, state, devices from fleet_compliance
    where figure = ${figure} and devices > 0`.execute(trx);
  return rows;
}

export interface DayRow {
  readonly agency_path: string;
  readonly edition: string;
  readonly ring: string;
  readonly heard_on: string;
}

/** Days on which devices that the context may see last reported, the first and the last of each place. */
export async function daysOf(trx: Trx): Promise<DayRow[]> {
  const { rows } = await sql<DayRow>`
    select agency_path, edition, ring, unnest(array[min(heard_on), max(heard_on)])::text as heard_on
    from fleet_compliance_day where devices > 0
    group by agency_path, edition, ring`.execute(trx);
  return rows;
}

export interface StandingRow {
  readonly id: string;
  readonly hostname: string;
  readonly ring: string;
  readonly verdict: Verdict;
}

/** Devices of one agency, not of those below it, that stand so in a figure, by id. */
export async function devicesStanding(
  trx: Trx,
  agencyPath: string,
  figure: string,
  state: string | undefined,
  page: { after: string | undefined; limit: number },
): Promise<StandingRow[]> {
  const { rows } = await sql<StandingRow>`
    select d.id, d.hostname, p.ring, p.verdicts -> ${figure}::text as verdict
    from fleet_posture p join fleet_device d on d.id = p.device_id
    where p.agency_path = ${agencyPath} and p.device_id > ${page.after ?? ''} and p.verdicts ? ${figure}::text
      and (${state ?? null}::text is null or p.verdicts -> ${figure}::text ->> 'state' = ${state ?? null}::text)
    order by p.device_id limit ${page.limit}`.execute(trx);
  return rows;
}
