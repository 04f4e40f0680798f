import { type Generated, type Selectable, sql, type Transaction } from 'kysely';
import type { ActionPhase } from './model.ts';
import { kept } from './rules.ts';

export interface DdiTables {
  fleet_ddi_target: {
    id: string;
    agency_path: string;
    controller_id: string;
    token_sha256: string;
    created_at: Date;
    revoked_at: Date | null;
    last_seen_at: Date | null;
  };
  fleet_ddi_action: {
    id: number;
    agency_path: string;
    target_id: string;
    release_sha256: string;
    version: string;
    artifact: string;
    artifact_sha256: string;
    artifact_sha1: string;
    size_bytes: number;
    phase: ActionPhase;
    assigned_at: Date;
    changed_at: Date;
  };
  fleet_ddi_feedback: {
    id: Generated<number>;
    agency_path: string;
    action_id: number;
    at: Date;
    execution: string;
    finished: string;
    details: string[];
  };
}

export type TargetRow = DdiTables['fleet_ddi_target'];
export type ActionRow = DdiTables['fleet_ddi_action'];
export type FeedbackRow = Selectable<DdiTables['fleet_ddi_feedback']>;
type Trx = Transaction<DdiTables>;

/** Adds a target, or gives a known one another token; returns its id. */
export async function putTarget(trx: Trx, row: TargetRow): Promise<TargetRow> {
  const { token_sha256 } = row;
  return trx
    .insertInto('fleet_ddi_target')
    .values(row)
    .onConflict((on) =>
      on.columns(['agency_path', 'controller_id']).doUpdateSet({ token_sha256, revoked_at: null }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The target that a token belongs to, while it counts. */
export function targetOfToken(trx: Trx, tokenSha256: string): Promise<TargetRow | undefined> {
  return trx
    .selectFrom('fleet_ddi_target')
    .selectAll()
    .where('token_sha256', '=', tokenSha256)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

export function findTarget(trx: Trx, id: string): Promise<TargetRow | undefined> {
  return trx.selectFrom('fleet_ddi_target').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads a target and keeps it locked, so that of two decisions about it one is first. */
export function lockTarget(trx: Trx, id: string): Promise<TargetRow | undefined> {
  return trx.selectFrom('fleet_ddi_target').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

export function listTargets(trx: Trx, after: string | undefined, limit: number): Promise<TargetRow[]> {
  return trx
    .selectFrom('fleet_ddi_target')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function revokeTarget(trx: Trx, id: string, at: Date): Promise<void> {
  await trx.updateTable('fleet_ddi_target').set({ revoked_at: at }).where('id', '=', id).execute();
}

/** Notes that a target was heard, unless it was lately: polls are frequent, and a write each would be the load. */
export async function noteSeen(trx: Trx, id: string, at: Date, lately: Date): Promise<void> {
  await trx
    .updateTable('fleet_ddi_target')
    .set({ last_seen_at: at })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<', lately)]))
    .execute();
}

/** Adds an action and forgets the oldest closed ones of its target. */
export async function insertAction(trx: Trx, row: Omit<ActionRow, 'id'>): Promise<ActionRow> {
  const {
    rows: [added],
  } = await sql<ActionRow>`
insert into fleet_ddi_action (agency_path, target_id, release_sha256, version, artifact, artifact_sha256, artifact_sha1,
  size_bytes, phase, assigned_at, changed_at)
values (${row.agency_path}, ${row.target_id}, ${row.release_sha256}, ${row.version}, ${row.artifact},
  ${row.artifact_sha256}, ${row.artifact_sha1}, ${row.size_bytes}, ${row.phase}, ${row.assigned_at}, ${row.changed_at})
returning *`.execute(trx);
  await sql`
delete from fleet_ddi_action where phase not in ('open', 'cancelling') and id in
  (select id from fleet_ddi_action where target_id = ${row.target_id} order by id desc offset ${kept.actions + 1})`.execute(
    trx,
  );
  return added as ActionRow;
}

/** What a target has to do now. */
export function openAction(trx: Trx, targetId: string): Promise<ActionRow | undefined> {
  return trx
    .selectFrom('fleet_ddi_action')
    .selectAll()
    .where('target_id', '=', targetId)
    .where('phase', 'in', ['open', 'cancelling'])
    .executeTakeFirst();
}

/** What a target installed last. */
export function installedAction(trx: Trx, targetId: string): Promise<ActionRow | undefined> {
  return trx
    .selectFrom('fleet_ddi_action')
    .selectAll()
    .where('target_id', '=', targetId)
    .where('phase', '=', 'succeeded')
    .orderBy('id', 'desc')
    .executeTakeFirst();
}

/** An action of a target, locked for a change. */
export function lockAction(trx: Trx, targetId: string, id: number): Promise<ActionRow | undefined> {
  return trx
    .selectFrom('fleet_ddi_action')
    .selectAll()
    .where('target_id', '=', targetId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function setPhase(trx: Trx, id: number, phase: ActionPhase, at: Date): Promise<void> {
  await trx.updateTable('fleet_ddi_action').set({ phase, changed_at: at }).where('id', '=', id).execute();
}

/** Adds a client's word and forgets the oldest of its action. */
export async function insertFeedback(trx: Trx, row: Omit<FeedbackRow, 'id'>): Promise<void> {
  await trx.insertInto('fleet_ddi_feedback').values(row).execute();
  await sql`
delete from fleet_ddi_feedback where id in
  (select id from fleet_ddi_feedback where action_id = ${row.action_id} order by id desc offset ${kept.feedback})`.execute(
    trx,
  );
}

/** Actions of a target, the newest first. */
export function actionsOf(trx: Trx, targetId: string): Promise<ActionRow[]> {
  return trx
    .selectFrom('fleet_ddi_action')
    .selectAll()
    .where('target_id', '=', targetId)
    .orderBy('id', 'desc')
    .execute();
}

/** What was said of actions, the oldest first. */
export function feedbackOf(trx: Trx, actionIds: readonly number[]): Promise<FeedbackRow[]> {
  return trx
    .selectFrom('fleet_ddi_feedback')
    .selectAll()
    .where(sql<boolean>`action_id = any(${actionIds}::bigint[])`)
    .orderBy('id')
    .execute();
}
