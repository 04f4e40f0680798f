import { sql } from 'kysely';
import type { ReleaseRow } from '../../../release/index.ts';
import type { Outcome } from '../model.ts';
import type { RolloutDeviceRow, RolloutRow, Trx } from '../tables.ts';

/** Rollouts whose devices are followed. */
export function followedRollouts(trx: Trx): Promise<Pick<RolloutRow, 'id' | 'revision'>[]> {
  return trx
    .selectFrom('fleet_rollout')
    .select(['id', 'revision'])
    .where('state', 'in', ['active', 'paused', 'halted', 'done'])
    .orderBy('id', 'desc')
    .execute();
}

export interface FollowedDevice {
  readonly id: string;
  readonly agency_path: string;
  readonly edition: string;
  readonly channel: string;
  readonly enrolled_at: Date;
}

export async function devicesOf(trx: Trx, ids: readonly string[]): Promise<FollowedDevice[]> {
  return trx
    .selectFrom('fleet_device')
    .select(['id', 'agency_path', 'edition', 'channel', 'enrolled_at'])
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .execute();
}

export async function standingsOf(trx: Trx, ids: readonly string[]): Promise<Map<string, RolloutDeviceRow>> {
  const rows = await trx
    .selectFrom('fleet_rollout_device')
    .selectAll()
    .where(sql<boolean>`device_id = any(${ids}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.device_id, row]));
}

/** How releases stand in the register; without their manifests, as each batch asks for them. */
export async function releaseStates(
  trx: Trx,
  digests: readonly string[],
): Promise<Map<string, Pick<ReleaseRow, 'state' | 'expires_at'>>> {
  const rows = await trx
    .selectFrom('release_release')
    .select(['sha256', 'state', 'expires_at'])
    .where(sql<boolean>`sha256 = any(${digests}::text[])`)
    .execute();
  return new Map(rows.map(({ sha256, ...state }) => [sha256, state]));
}

/** Writes where devices stand now, sorted by device. */
export async function putStandings(trx: Trx, rows: readonly RolloutDeviceRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: RolloutDeviceRow) => T) => rows.map(pick);
  await sql`
    insert into fleet_rollout_device
      (device_id, rollout_id, agency_path, ring, step, outcome, report_step, code, since, heard_at)
    select * from unnest(${column((row) => row.device_id)}::text[], ${column((row) => row.rollout_id)}::text[],
      ${column((row) => row.agency_path)}::text[], ${column((row) => row.ring)}::smallint[],
      ${column((row) => row.step)}::smallint[], ${column((row) => row.outcome)}::text[],
      ${column((row) => row.report_step)}::text[], ${column((row) => row.code)}::text[],
      ${column((row) => row.since)}::timestamptz[], ${column((row) => row.heard_at)}::timestamptz[])
      as t (device_id, rollout_id, agency_path, ring, step, outcome, report_step, code, since, heard_at)
    order by device_id
    on conflict (device_id) do update set
      rollout_id = excluded.rollout_id, agency_path = excluded.agency_path, ring = excluded.ring, step = excluded.step,
      outcome = excluded.outcome, report_step = excluded.report_step, code = excluded.code, since = excluded.since,
      heard_at = excluded.heard_at`.execute(trx);
}

/** How the counters of one group move. */
export interface Movement {
  readonly rolloutId: string;
  readonly ring: number;
  readonly step: number;
  planned: number;
  readonly by: Record<Outcome, number>;
}

/** Moves counters and marks their groups as changed; groups in order, so that batches do not deadlock. */
export async function moveCounters(trx: Trx, movements: readonly Movement[]): Promise<void> {
  const inOrder = movements.toSorted(
    (a, b) =>
      (a.rolloutId < b.rolloutId ? -1 : a.rolloutId > b.rolloutId ? 1 : 0) ||
      a.ring - b.ring ||
      a.step - b.step,
  );
  for (const { rolloutId, ring, step, planned, by } of inOrder) {
    await sql`
      update fleet_rollout_group set is_dirty = true, planned = planned + ${planned},
        deferred = deferred + ${by.deferred}, pending = pending + ${by.pending},
        succeeded = succeeded + ${by.succeeded}, failed = failed + ${by.failed},
        fell_back = fell_back + ${by['fell-back']}, unhealthy = unhealthy + ${by.unhealthy}
      where rollout_id = ${rolloutId} and ring = ${ring} and step = ${step}`.execute(trx);
  }
}
