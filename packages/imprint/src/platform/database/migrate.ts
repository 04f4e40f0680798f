import { createHash } from 'node:crypto';
import type pg from 'pg';
import { platformError } from '../errors.ts';

/** One forward step of a room's tables, named `<room>/<number>-<what>`. Applied once; its text never changes afterwards. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** Serialises migration and provisioning among processes that start together. */
const migrationLock = 4_970_231;

/**
 * Applies what is missing, each step in its own transaction, as the role that owns the tables.
 * Returns the ids applied. @throws DB_MIGRATION_CHANGED, DB_SCHEMA_NEWER
 */
export async function migrate(client: pg.ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
  try {
    await client.query(
      `CREATE TABLE IF NOT EXISTS platform_migration (
         id text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<{ id: string; sha256: string }>(
      'SELECT id, sha256 FROM platform_migration',
    );
    const known = new Set(migrations.map(({ id }) => id));
    const newer = rows.find(({ id }) => !known.has(id));
    if (newer !== undefined) throw platformError('DB_SCHEMA_NEWER', { migration: newer.id });
    const applied = new Map(rows.map(({ id, sha256 }) => [id, sha256]));
    const done: string[] = [];
    for (const migration of migrations) {
      if (await applyOnce(client, migration, applied.get(migration.id))) done.push(migration.id);
    }
    return done;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
  }
}

async function applyOnce(client: pg.ClientBase, migration: Migration, before?: string): Promise<boolean> {
  const sha256 = createHash('sha256').update(migration.sql).digest('hex');
  if (before === sha256) return false;
  if (before !== undefined) throw platformError('DB_MIGRATION_CHANGED', { migration: migration.id });
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query('INSERT INTO platform_migration (id, sha256) VALUES ($1, $2)', [migration.id, sha256]);
    await client.query('COMMIT');
    return true;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** The functions every room's row-level security policies are written with. */
export const platformMigrations: readonly Migration[] = [
  {
    id: 'platform/0001-context',
    sql: `
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO imprint_app;

-- An unset setting is NULL in a fresh session and '' after a transaction that set it: both mean "no context".
CREATE FUNCTION platform_agency_path() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('imprint.agency_path', true), '');

-- True for rows of the asker's agency and those below it; NULL, so no row, without a context.
CREATE FUNCTION platform_visible(path text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN starts_with(path, platform_agency_path());
`,
  },
];
