import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { type Column, ofAgency, type Table } from './tables.ts';

/** An agency of which every table shall hold a row. */
export interface Owner {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly device: string;
}

/** Values that only a person can know to be right, by column or by `table.column`. */
const known: Readonly<Record<string, string>> = {
  sector: 'energy',
  device_class: 'desktop',
  edition: 'gov-base',
  channel: 'stable',
  architecture: 'amd64',
  overage: 'deny',
  state: 'active',
  reason: 'retired',
};

/**
 * Sees that every table with a path holds a row of the agency, making one from the column's types, checks and foreign keys
 * where the journey before left none. Returns the first key of each table. A table it cannot fill fails by name: then a value
 * is missing in `known`.
 */
export async function plantRows(
  client: pg.ClientBase,
  tables: readonly Table[],
  owner: Owner,
  now: Date,
): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  const waiting = new Set(tables.filter(({ paths }) => paths.length > 0));
  const isReady = ({ name, columns }: Table) =>
    columns.every(({ target }) => target === name || ![...waiting].some((table) => table.name === target));
  while (waiting.size > 0) {
    const table = [...waiting].find(isReady) ?? ([...waiting][0] as Table);
    waiting.delete(table);
    const found = await keyIn(client, table, owner);
    if (found === undefined) await plantRow(client, table, owner, keys, now);
    keys.set(table.name, found ?? (await keyIn(client, table, owner)) ?? '');
  }
  return keys;
}

async function keyIn(client: pg.ClientBase, table: Table, owner: Owner): Promise<string | undefined> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT ${table.key}::text AS key FROM ${table.name} WHERE ${ofAgency(table)} ORDER BY ${table.key} LIMIT 1`,
    [owner.path],
  );
  return rows[0]?.key;
}

async function plantRow(
  client: pg.ClientBase,
  table: Table,
  owner: Owner,
  keys: ReadonlyMap<string, string>,
  now: Date,
): Promise<void> {
  const taken = new Set<string>();
  const columns = table.columns.filter(({ isNeeded, name }) => isNeeded || table.paths.includes(name));
  const values = columns.map((column) => cellOf(table, column, owner, keys, taken, now));
  const holders = columns.map(({ type }, index) => `$${index + 1}::${type}`);
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(
      `INSERT INTO ${table.name} (${columns.map(({ name }) => name).join(', ')}) VALUES (${holders.join(', ')})`,
      values,
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    const { message } = error as Error;
    throw new TypeError(`no row of ${table.name} could be made, test/support/isolation/plant.ts: ${message}`);
  }
}

function cellOf(
  table: Table,
  column: Column,
  owner: Owner,
  keys: ReadonlyMap<string, string>,
  taken: Set<string>,
  now: Date,
): string {
  const { name, type, target } = column;
  const fixed = known[`${table.name}.${name}`] ?? known[name];
  if (fixed !== undefined) return fixed;
  if (table.paths.includes(name)) return owner.path;
  if (target === 'organisation_agency' || /(^|_)agency_id$/.test(name)) return owner.id;
  if (name === 'device_id') return owner.device;
  const pointed = target === undefined ? undefined : keys.get(target);
  if (pointed !== undefined && !taken.has(pointed)) {
    taken.add(pointed);
    return pointed;
  }
  return type === 'text' ? textOf(table, column, owner) : (plain(type, name, now) ?? '1');
}

function textOf(table: Table, { name, checks }: Column, owner: Owner): string {
  const [check = ''] = checks;
  const listed = /ARRAY\['([^']+)'::text/.exec(check)?.[1];
  if (listed !== undefined) return listed;
  const digest = createHash('sha256').update(`${owner.name} ${table.name} ${name}`).digest();
  const pattern = /~ '(\^[^']*\$)'::text/.exec(check)?.[1];
  if (pattern !== undefined) {
    const seed = digest.readInt32BE(0);
    return fc.sample(fc.stringMatching(new RegExp(pattern)), { seed, numRuns: 20 }).reduce(longer);
  }
  if (/sha256|hash/.test(name)) return digest.toString('hex');
  if (/(^|_)id$/.test(name)) return ulidOf(digest);
  return `planted ${owner.name} ${table.name} ${name}`;
}

const longer = (a: string, b: string) => (b.length > a.length ? b : a);

const ulidOf = (digest: Buffer) =>
  `01${[...digest.subarray(0, 24)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]).join('')}`;

function plain(type: string, name: string, now: Date): string | undefined {
  if (type.startsWith('timestamp')) {
    const isLater = /ends|until|expires|due/.test(name);
    return new Date(now.getTime() + (isLater ? 300 * 86_400_000 : 0)).toISOString();
  }
  if (type.endsWith('[]')) return '{}';
  if (type === 'jsonb') return '{}';
  if (type === 'boolean') return 'false';
  return type === 'bytea' ? '\\x01' : undefined;
}
