import type pg from 'pg';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isNeeded: boolean;
  /** Table that a foreign key of this column alone points to. */
  readonly target: string | undefined;
  /** Text of the checks on this column alone. */
  readonly checks: readonly string[];
  /** The server's role may change it. */
  readonly isChangeable: boolean;
}

export interface Table {
  readonly name: string;
  readonly isForced: boolean;
  readonly columns: readonly Column[];
  /** First column of the primary key. */
  readonly key: string;
  /** Columns that hold the path of an agency. */
  readonly paths: readonly string[];
}

/** Every table there is, from the catalogue. */
export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query<Omit<Table, 'paths'>>(`
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS "isForced",
      (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
       WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
      (SELECT jsonb_agg(jsonb_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'isNeeded', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '',
        'target', (SELECT k.confrelid::regclass::text FROM pg_constraint k
                   WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum] LIMIT 1),
        'checks', (SELECT coalesce(jsonb_agg(pg_get_constraintdef(k.oid)), '[]') FROM pg_constraint k
                   WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]),
        'isChangeable', has_column_privilege('imprint_app', c.oid, a.attnum, 'UPDATE')) ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'platform_migration'
    ORDER BY c.relname`);
  return rows.map((row) => ({
    ...row,
    paths: row.columns.map(({ name }) => name).filter((name) => /(^|_)path$/.test(name)),
  }));
}

/** A condition for rows of which a path lies at or below the one given as `$1`. */
export const ofAgency = (table: Table): string =>
  table.paths.map((path) => `starts_with(${path}, $1)`).join(' OR ');

/** Every row of every table but those named, and but what is wholly of one agency. */
export async function dumpBeside(
  client: pg.ClientBase,
  tables: readonly Table[],
  agencyPath: string,
): Promise<Map<string, string[]>> {
  const dump = new Map<string, string[]>();
  for (const table of tables) {
    const own = table.paths.map((path) => `starts_with(${path}, $1)`).join(' AND ');
    const beside = own === '' ? '$1::text IS NOT NULL' : `NOT (${own})`;
    const { rows } = await client.query<{ text: string }>(
      `SELECT to_jsonb(t)::text AS text FROM ${table.name} t WHERE ${beside} ORDER BY 1`,
      [agencyPath],
    );
    dump.set(
      table.name,
      rows.map(({ text }) => text),
    );
  }
  return dump;
}
