import type { ReleaseManifest } from '@imprint/protocol';
import { sql, type Transaction } from 'kysely';

export type ReleaseState = 'current' | 'superseded' | 'withdrawn' | 'refused';

export interface ReleaseTables {
  release_release: {
    sha256: string;
    edition: string;
    channel: string;
    version: string;
    sequence: number;
    state: ReleaseState;
    refusal: string | null;
    manifest: ReleaseManifest | string;
    signed_by: string[];
    /** Set while it holds by its emergency approval alone. */
    emergency_until: Date | null;
    expires_at: Date;
    loaded_at: Date;
    changed_at: Date;
  };
}

export type ReleaseRow = ReleaseTables['release_release'];
type Trx = Transaction<ReleaseTables>;

/** What is known of a release: its state, and whether it waits for approvals after the fact. */
export type KnownRelease = Pick<ReleaseRow, 'state' | 'emergency_until'>;

/** All releases known, by digest; of two servers that load at once, one waits for the other. */
export async function lockStates(trx: Trx): Promise<Map<string, KnownRelease>> {
  await sql`select pg_advisory_xact_lock(4970232)`.execute(trx);
  const rows = await trx
    .selectFrom('release_release')
    .select(['sha256', 'state', 'emergency_until'])
    .execute();
  return new Map(rows.map((row) => [row.sha256, row]));
}

/** Adds a release, or changes what is known of it. */
export async function putRelease(trx: Trx, row: ReleaseRow): Promise<void> {
  const { state, refusal, signed_by, emergency_until, changed_at } = row;
  await trx
    .insertInto('release_release')
    .values({ ...row, manifest: JSON.stringify(row.manifest) })
    .onConflict((on) =>
      on.column('sha256').doUpdateSet({ state, refusal, signed_by, emergency_until, changed_at }),
    )
    .execute();
}

export function findRelease(trx: Trx, sha256: string): Promise<ReleaseRow | undefined> {
  return trx.selectFrom('release_release').selectAll().where('sha256', '=', sha256).executeTakeFirst();
}

/** The release a channel stands at, else the newest it had. */
export function findChannel(trx: Trx, edition: string, channel: string): Promise<ReleaseRow | undefined> {
  return trx
    .selectFrom('release_release')
    .selectAll()
    .where('edition', '=', edition)
    .where('channel', '=', channel)
    .orderBy((eb) => eb('state', '=', 'current'), 'desc')
    .orderBy('sequence', 'desc')
    .executeTakeFirst();
}

/** The newest releases of all channels, newest sequence first within each. */
export function listReleases(trx: Trx, limit: number): Promise<ReleaseRow[]> {
  return trx
    .selectFrom('release_release')
    .selectAll()
    .orderBy('edition')
    .orderBy('channel')
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
}
