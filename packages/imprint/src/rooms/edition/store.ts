import type { BuildRecord } from '@imprint/protocol';
import type { Transaction } from 'kysely';
import type { Build, Edition } from './model.ts';

export interface EditionTables {
  edition_build: {
    sha256: string;
    edition: string;
    version: string;
    profile: 'preview' | 'release';
    lock_sha256: string;
    record: BuildRecord | string;
    registered_at: Date;
    registered_by: string;
  };
}

export type BuildRow = EditionTables['edition_build'];
type Trx = Transaction<EditionTables>;

/** Adds a build; returns false when it is there already. */
export async function insertBuild(trx: Trx, row: BuildRow): Promise<boolean> {
  const added = await trx
    .insertInto('edition_build')
    .values({ ...row, record: JSON.stringify(row.record) })
    .onConflict((on) => on.column('sha256').doNothing())
    .returning('sha256')
    .executeTakeFirst();
  return added !== undefined;
}

export function findBuild(trx: Trx, sha256: string): Promise<BuildRow | undefined> {
  return trx.selectFrom('edition_build').selectAll().where('sha256', '=', sha256).executeTakeFirst();
}

/** Builds of one lock and profile: all should be the same bytes. */
export function buildsOfLock(
  trx: Trx,
  lockSha256: string,
  profile: BuildRow['profile'],
): Promise<BuildRow[]> {
  return trx
    .selectFrom('edition_build')
    .selectAll()
    .where('lock_sha256', '=', lockSha256)
    .where('profile', '=', profile)
    .orderBy('registered_at')
    .limit(10)
    .execute();
}

export function listBuilds(trx: Trx, edition: string, limit: number): Promise<BuildRow[]> {
  return trx
    .selectFrom('edition_build')
    .selectAll()
    .where('edition', '=', edition)
    .orderBy('registered_at', 'desc')
    .limit(limit)
    .execute();
}

/** Editions with how many builds each has and its newest. */
export async function listEditions(trx: Trx): Promise<Edition[]> {
  const rows = await trx
    .selectFrom('edition_build')
    .select(['edition', 'version', 'registered_at'])
    .select((eb) =>
      eb.fn
        .countAll<number>()
        .over((over) => over.partitionBy('edition'))
        .as('builds'),
    )
    .distinctOn('edition')
    .orderBy('edition')
    .orderBy('registered_at', 'desc')
    .execute();
  return rows.map((row) => ({
    name: row.edition,
    builds: Number(row.builds),
    latestVersion: row.version,
    latestBuiltAt: row.registered_at.toISOString(),
  }));
}

export function buildOf(row: BuildRow): Build {
  return {
    sha256: row.sha256,
    registeredAt: row.registered_at.toISOString(),
    record: row.record as BuildRecord,
  };
}
