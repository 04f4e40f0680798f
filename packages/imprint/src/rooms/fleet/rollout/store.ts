import { sql } from 'kysely';
import type { ReleaseRow } from '../../release/index.ts';
import type { GroupPhase, Outcome, RolloutState } from './model.ts';
import type { DecisionRow, DeferralRow, GroupRow, RingPlanRow, RolloutRow, Trx } from './tables.ts';

interface Page {
  readonly after: string | undefined;
  readonly limit: number;
}

/** Keeps others from beginning a rollout until the transaction ends. */
export async function lockBeginning(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(4970234)`.execute(trx);
}

export function latestPlan(
  trx: Trx,
  agencyPath: string,
  environment: string,
): Promise<RingPlanRow | undefined> {
  return trx
    .selectFrom('fleet_ring_plan')
    .selectAll()
    .where('agency_path', '=', agencyPath)
    .where('environment', '=', environment)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function insertPlan(trx: Trx, row: RingPlanRow): Promise<void> {
  await trx
    .insertInto('fleet_ring_plan')
    .values({ ...row, plan: JSON.stringify(row.plan) })
    .execute();
}

export function findPlan(trx: Trx, id: string): Promise<RingPlanRow | undefined> {
  return trx.selectFrom('fleet_ring_plan').selectAll().where('id', '=', id).executeTakeFirst();
}

export function findRollout(trx: Trx, id: string): Promise<RolloutRow | undefined> {
  return trx.selectFrom('fleet_rollout').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads a rollout so that nobody else decides about it until the transaction ends. */
export function lockRollout(trx: Trx, id: string): Promise<RolloutRow | undefined> {
  return trx.selectFrom('fleet_rollout').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** Rollouts of a channel that are not over and share devices with an agency: at, above or below it. */
export function overlapping(
  trx: Trx,
  { edition, channel, agency_path }: Pick<RolloutRow, 'edition' | 'channel' | 'agency_path'>,
  states: readonly RolloutState[],
): Promise<RolloutRow[]> {
  return trx
    .selectFrom('fleet_rollout')
    .selectAll()
    .where('edition', '=', edition)
    .where('channel', '=', channel)
    .where('state', 'in', [...states])
    .where(
      sql<boolean>`(starts_with(agency_path, ${agency_path}) or starts_with(${agency_path}, agency_path))`,
    )
    .orderBy('id')
    .execute();
}

export async function insertRollout(trx: Trx, row: RolloutRow, groups: readonly GroupRow[]): Promise<void> {
  const { floors, cuts, ...rest } = row;
  await trx
    .insertInto('fleet_rollout')
    .values({ ...rest, floors: JSON.stringify(floors), cuts: JSON.stringify(cuts) })
    .execute();
  await trx
    .insertInto('fleet_rollout_group')
    .values([...groups])
    .execute();
}

/** Changes a rollout; its revision grows, so that every server reads it again. */
export async function saveRollout(
  trx: Trx,
  id: string,
  change: Partial<Pick<RolloutRow, 'state' | 'approved_at' | 'approved_by' | 'look_at'>>,
): Promise<void> {
  await trx
    .updateTable('fleet_rollout')
    .set({ ...change, revision: sql<number>`revision + 1` })
    .where('id', '=', id)
    .execute();
}

/** Sets when the clock alone may change something; nobody has to read the rollout again for it. */
export async function saveLookAt(trx: Trx, id: string, at: Date | null): Promise<void> {
  await trx.updateTable('fleet_rollout').set({ look_at: at }).where('id', '=', id).execute();
}

/** Groups of a rollout, in order. */
export function groupsOfRollout(trx: Trx, rolloutId: string): Promise<GroupRow[]> {
  return trx
    .selectFrom('fleet_rollout_group')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .orderBy('ring')
    .orderBy('step')
    .execute();
}

/** Marks a rollout's groups as looked at; what moves after this marks them again. */
export async function cleanGroups(trx: Trx, rolloutId: string): Promise<void> {
  await trx
    .updateTable('fleet_rollout_group')
    .set({ is_dirty: false })
    .where('rollout_id', '=', rolloutId)
    .where('is_dirty', '=', true)
    .execute();
}

export async function saveGroup(
  trx: Trx,
  { rollout_id, ring, step }: Pick<GroupRow, 'rollout_id' | 'ring' | 'step'>,
  change: { phase?: GroupPhase; opened_at?: Date | null; held_at?: Date | null; forgiven?: number },
): Promise<void> {
  await trx
    .updateTable('fleet_rollout_group')
    .set(change)
    .where('rollout_id', '=', rollout_id)
    .where('ring', '=', ring)
    .where('step', '=', step)
    .execute();
}

/** Pending devices not heard since an instant, by group: those that had begun to install apart from the others. */
export async function silentDevices(
  trx: Trx,
  rolloutId: string,
  since: Date,
): Promise<{ ring: number; step: number; quiet: number; lost: number }[]> {
  const { rows } = await sql<{ ring: number; step: number; quiet: number; lost: number }>`
    select ring, step,
      count(*) filter (where report_step is null or report_step not in ('installing', 'restart-needed')) as quiet,
      count(*) filter (where report_step in ('installing', 'restart-needed')) as lost
    from fleet_rollout_device
    where rollout_id = ${rolloutId} and outcome = 'pending' and heard_at < ${since}
    group by ring, step`.execute(trx);
  return rows;
}

/** Rollouts that somebody reported to, or whose time has come. */
export async function dueRollouts(trx: Trx, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from fleet_rollout r
    where state in ('active', 'done') and (look_at <= ${now}
      or exists (select from fleet_rollout_group g where g.rollout_id = r.id and g.is_dirty))
    order by id`.execute(trx);
  return rows.map(({ id }) => id);
}

export async function insertDecisions(trx: Trx, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length > 0)
    await trx
      .insertInto('fleet_rollout_decision')
      .values([...rows])
      .execute();
}

/** The newest decisions of a rollout first. */
export function listDecisions(trx: Trx, rolloutId: string, limit: number): Promise<DecisionRow[]> {
  return trx
    .selectFrom('fleet_rollout_decision')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

export function deferralsOf(trx: Trx, rolloutId: string): Promise<DeferralRow[]> {
  return trx
    .selectFrom('fleet_rollout_deferral')
    .selectAll()
    .where('rollout_id', '=', rolloutId)
    .orderBy('agency_path')
    .execute();
}

export async function putDeferral(trx: Trx, row: DeferralRow): Promise<void> {
  const install_windows = row.install_windows === null ? null : JSON.stringify(row.install_windows);
  const { delay_days, is_paused, paused_until, changed_by, changed_at } = row;
  const change = { delay_days, is_paused, paused_until, install_windows, changed_by, changed_at };
  await trx
    .insertInto('fleet_rollout_deferral')
    .values({ ...row, install_windows })
    .onConflict((on) => on.columns(['rollout_id', 'agency_path']).doUpdateSet(change))
    .execute();
}

/** Ends a deferral; false where there was none. */
export async function removeDeferral(trx: Trx, rolloutId: string, agencyPath: string): Promise<boolean> {
  const removed = await trx
    .deleteFrom('fleet_rollout_deferral')
    .where('rollout_id', '=', rolloutId)
    .where('agency_path', '=', agencyPath)
    .returning('id')
    .executeTakeFirst();
  return removed !== undefined;
}

const populationPage = 50_000;

/** Every device of a channel at or below an agency, with paths that are the same kept once. */
export async function populationOf(
  trx: Trx,
  edition: string,
  channel: string,
  agencyPath: string,
): Promise<{ id: string; agencyPath: string }[]> {
  const paths = new Map<string, string>();
  const found: { id: string; agencyPath: string }[] = [];
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; agency_path: string }>`
      select id, agency_path from fleet_device
      where id > ${after} and edition = ${edition} and channel = ${channel} and starts_with(agency_path, ${agencyPath})
      order by id limit ${populationPage}`.execute(trx);
    for (const { id, agency_path } of rows) {
      const path = paths.get(agency_path) ?? agency_path;
      paths.set(path, path);
      found.push({ id, agencyPath: path });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < populationPage) return found;
    after = last.id;
  }
}

/** How long ago devices of a channel at or below an agency were last heard, by whole days; `never` for the rest. */
export async function lastHeard(
  trx: Trx,
  edition: string,
  channel: string,
  agencyPath: string,
  now: Date,
): Promise<{ days: number | null; devices: number }[]> {
  const { rows } = await sql<{ days: number | null; devices: number }>`
    select floor(extract(epoch from ${now}::timestamptz - c.received_at) / 86400)::integer as days, count(*) as devices
    from fleet_device d left join fleet_check_in c on c.device_id = d.id
    where d.edition = ${edition} and d.channel = ${channel} and starts_with(d.agency_path, ${agencyPath})
    group by 1 order by 1`.execute(trx);
  return rows;
}

/** Paths of the agencies at or below one that have a sector. */
export async function sectorPaths(trx: Trx, agencyPath: string): Promise<{ path: string; sector: string }[]> {
  const { rows } = await sql<{ path: string; sector: string }>`
    select path, sector from organisation_agency
    where sector is not null and (starts_with(path, ${agencyPath}) or starts_with(${agencyPath}, path))`.execute(
    trx,
  );
  return rows;
}

/** Releases of a channel by version, as the register has them. */
export function releasesOfVersions(
  trx: Trx,
  edition: string,
  channel: string,
  versions: readonly string[],
): Promise<ReleaseRow[]> {
  if (versions.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom('release_release')
    .selectAll()
    .where('edition', '=', edition)
    .where('channel', '=', channel)
    .where('version', 'in', [...versions])
    .orderBy('sequence', 'desc')
    .execute();
}

/** Plans the context may see, by id. */
export function listPlans(trx: Trx, page: Page): Promise<RingPlanRow[]> {
  return trx
    .selectFrom('fleet_ring_plan')
    .selectAll()
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute();
}

type ListedRollout = RolloutRow & { readonly environment: string; readonly plan_version: number };

/** Rollouts at, below or above an agency, by id: those above decide for its devices. Runs under the service's context. */
export function listRollouts(trx: Trx, agencyPath: string, page: Page): Promise<ListedRollout[]> {
  return trx
    .selectFrom('fleet_rollout as r')
    .innerJoin('fleet_ring_plan as p', 'p.id', 'r.plan_id')
    .selectAll('r')
    .select(['p.environment', 'p.version as plan_version'])
    .where('r.id', '>', page.after ?? '')
    .where(
      sql<boolean>`(starts_with(r.agency_path, ${agencyPath}) or starts_with(${agencyPath}, r.agency_path))`,
    )
    .orderBy('r.id')
    .limit(page.limit)
    .execute();
}

/** Devices at or below an agency by group and outcome; what a rollout's owner sees of all, an agency below sees of its own. */
export async function ownCounts(
  trx: Trx,
  rolloutId: string,
  agencyPath: string,
): Promise<{ ring: number; step: number; outcome: Outcome; devices: number }[]> {
  const { rows } = await sql<{ ring: number; step: number; outcome: Outcome; devices: number }>`
    select ring, step, outcome, count(*) as devices from fleet_rollout_device
    where rollout_id = ${rolloutId} and starts_with(agency_path, ${agencyPath})
    group by 1, 2, 3`.execute(trx);
  return rows;
}
