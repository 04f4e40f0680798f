import { sql } from 'kysely';
import type { ActivationRow, LicensingTables, Trx } from '../tables.ts';
import type { RevocationScope } from './model.ts';
import type { RevocationRow, RevokedLeaseRow } from './rules.ts';

/** What a revocation is about: whose it is and which seat trees it touches. */
export interface Subject {
  readonly agencyPath: string;
  readonly entitlementIds: readonly string[];
  readonly isOver: boolean;
}

export async function findSubject(
  trx: Trx,
  scope: RevocationScope,
  id: string,
): Promise<Subject | undefined> {
  if (scope === 'activation') {
    const row = await trx
      .selectFrom('licensing_activation')
      .select(['agency_path', 'entitlement_id', 'state'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { agency_path: agencyPath, entitlement_id, state } = row;
    return { agencyPath, entitlementIds: [entitlement_id], isOver: state === 'revoked' };
  }
  const table = scope === 'entitlement' ? 'licensing_entitlement' : 'licensing_agreement';
  const row = await trx
    .selectFrom(table)
    .select(['agency_path', 'ended_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const entitlements = await trx
    .selectFrom('licensing_entitlement')
    .select('id')
    .where(scope === 'entitlement' ? 'id' : 'agreement_id', '=', id)
    .orderBy('id')
    .execute();
  const entitlementIds = entitlements.map((entitlement) => entitlement.id);
  return { agencyPath: row.agency_path, entitlementIds, isOver: row.ended_at !== null };
}

/** The activations that a revocation takes: a single one also after its seat was given back. */
export function chooseActivations(
  trx: Trx,
  scope: RevocationScope,
  id: string,
  entitlementIds: readonly string[],
): Promise<Pick<ActivationRow, 'id' | 'entitlement_id' | 'agency_path'>[]> {
  const query = trx.selectFrom('licensing_activation').select(['id', 'entitlement_id', 'agency_path']);
  if (scope === 'activation') return query.where('id', '=', id).where('state', '<>', 'revoked').execute();
  if (entitlementIds.length === 0) return Promise.resolve([]);
  return query
    .where('entitlement_id', 'in', entitlementIds)
    .where('state', '=', 'active')
    .orderBy('id')
    .execute();
}

/** Ends what a revocation is about, so that nobody takes the seats it gave back. */
export async function endSubject(trx: Trx, scope: RevocationScope, id: string, at: Date): Promise<void> {
  if (scope === 'activation') return;
  if (scope === 'agreement') {
    await trx
      .updateTable('licensing_agreement')
      .set({ ended_at: at })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .execute();
  }
  await trx
    .updateTable('licensing_entitlement')
    .set({ ended_at: at })
    .where(scope === 'entitlement' ? 'id' : 'agreement_id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}

export async function insertRevocation(trx: Trx, row: RevocationRow): Promise<void> {
  await trx.insertInto('licensing_revocation').values(row).execute();
}

/** Reads a revocation and keeps it locked: of two who confirm it, one is first. */
export function lockRevocation(trx: Trx, id: string): Promise<RevocationRow | undefined> {
  return trx
    .selectFrom('licensing_revocation')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** The newest revocation of a subject that was applied, or waits since after an instant. */
export function findRevocationOf(
  trx: Trx,
  scope: RevocationScope,
  subjectId: string,
  since: Date,
): Promise<RevocationRow | undefined> {
  return trx
    .selectFrom('licensing_revocation')
    .selectAll()
    .where('scope', '=', scope)
    .where('subject_id', '=', subjectId)
    .where('undoes', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where((eb) => eb.or([eb('applied_at', 'is not', null), eb('proposed_at', '>', since)]))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Devices that somebody revoked without a second person after an instant, undone since or not; until the transaction ends nobody
 * else counts those of the same person, so that of two acts at once each knows of the other.
 */
export async function countRevokedAlone(trx: Trx, principal: string, since: Date): Promise<number> {
  await sql`select pg_advisory_xact_lock(4970261, hashtext(${principal}))`.execute(trx);
  const { devices } = await trx
    .selectFrom('licensing_revocation')
    .select(sql<number>`coalesce(sum(devices), 0)::int`.as('devices'))
    .where('proposed_by', '=', principal)
    .where('confirmed_by', 'is', null)
    .where('applied_at', '>', since)
    .where('undoes', 'is', null)
    .executeTakeFirstOrThrow();
  return devices;
}

/** The newest act that undid a revocation, or waits since after an instant to undo it. */
export function findUndoOf(trx: Trx, id: string, since: Date): Promise<RevocationRow | undefined> {
  return trx
    .selectFrom('licensing_revocation')
    .selectAll()
    .where('undoes', '=', id)
    .where('withdrawn_at', 'is', null)
    .where((eb) => eb.or([eb('applied_at', 'is not', null), eb('proposed_at', '>', since)]))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Marks a revocation as applied. */
export async function saveApplied(
  trx: Trx,
  id: string,
  applied: Pick<RevocationRow, 'confirmed_by' | 'applied_at' | 'devices'>,
): Promise<void> {
  await trx.updateTable('licensing_revocation').set(applied).where('id', '=', id).execute();
}

/** Marks a revocation as withdrawn, or as undone. */
export async function saveTakenBack(
  trx: Trx,
  id: string,
  marks: Pick<RevocationRow, 'withdrawn_by' | 'withdrawn_at'> | Pick<RevocationRow, 'undone_at'>,
): Promise<void> {
  await trx.updateTable('licensing_revocation').set(marks).where('id', '=', id).execute();
}

/** Revocations that the transaction may see, the newest first. */
export function listRevocations(
  trx: Trx,
  after: string | undefined,
  limit: number,
): Promise<RevocationRow[]> {
  return trx
    .selectFrom('licensing_revocation')
    .selectAll()
    .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Puts leases on the list and gives the list its next number; without leases nothing changes. */
export async function listLeases(trx: Trx, leases: readonly RevokedLeaseRow[], at: Date): Promise<void> {
  if (leases.length === 0) return;
  const column = <T>(pick: (lease: RevokedLeaseRow) => T) => leases.map(pick);
  await sql`
insert into licensing_revoked_lease as l (device_id, generation, agency_path, reason, revoked_at, until)
select * from unnest(${column((lease) => lease.device_id)}::text[], ${column((lease) => lease.generation)}::integer[],
  ${column((lease) => lease.agency_path)}::text[], ${column((lease) => lease.reason)}::text[],
  ${column((lease) => lease.revoked_at)}::timestamptz[], ${column((lease) => lease.until)}::timestamptz[])
on conflict (device_id, generation) do update set until = greatest(l.until, excluded.until)`.execute(trx);
  await trx
    .updateTable('licensing_list')
    .set(({ eb }) => ({ number: eb('number', '+', 1), changed_at: at }))
    .execute();
}

/** The list's number, and when somebody asked to publish it above the published one. */
export type ListState = Pick<LicensingTables['licensing_list'], 'number' | 'republish_at'>;

/** Whoever reads the list's state so is alone with the list until the transaction ends. */
export function lockList(trx: Trx): Promise<ListState> {
  return trx
    .selectFrom('licensing_list')
    .select(['number', 'republish_at'])
    .forUpdate()
    .executeTakeFirstOrThrow();
}

export function readList(trx: Trx): Promise<ListState> {
  return trx.selectFrom('licensing_list').select(['number', 'republish_at']).executeTakeFirstOrThrow();
}

/** Notes that the list shall be published above the published one, or that it is, with its new number. */
export async function saveList(
  trx: Trx,
  changes: { readonly republish_at: Date } | (ListState & { readonly changed_at: Date }),
): Promise<void> {
  await trx.updateTable('licensing_list').set(changes).execute();
}

/** Leases that would still count were they not revoked, those that would count longest first. */
export function listedLeases(trx: Trx, now: Date, limit: number): Promise<RevokedLeaseRow[]> {
  return trx
    .selectFrom('licensing_revoked_lease')
    .selectAll()
    .where('until', '>', now)
    .orderBy('until', 'desc')
    .orderBy('device_id')
    .limit(limit)
    .execute();
}

/**
 * The highest generation of each device that was ever put on the list: a device that is licensed again begins above it, or its
 * new lease would count as revoked.
 */
export async function revokedGenerations(
  trx: Trx,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (deviceIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom('licensing_revoked_lease')
    .select(['device_id', ({ fn }) => fn.max('generation').as('generation')])
    .where(sql<boolean>`device_id = any(${deviceIds}::text[])`)
    .groupBy('device_id')
    .execute();
  return new Map(rows.map(({ device_id, generation }) => [device_id, generation]));
}
