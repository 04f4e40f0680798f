import pg from 'pg';
import { platformError } from '../errors.ts';
import { oldestMajor } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { isConnectionFailure } from './database.ts';
import { type Credentials, readCredentials } from './init-cluster.ts';

/** How to connect as the role that owns the tables, and as the one the server works with. */
export interface Connections {
  readonly owner: pg.ClientConfig;
  readonly app: pg.PoolConfig;
}

/** Makes the roles and the database of a private cluster; both are left as they are when they exist. */
export async function provisionCluster(cluster: Cluster): Promise<Connections> {
  const credentials = readCredentials(cluster.directory);
  await withClient(cluster.connection('postgres'), async (client) => {
    await client.query('SELECT pg_advisory_lock(4970230)');
    for (const statement of roleStatements(credentials)) await client.query(statement);
    const { rows } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'imprint'");
    if (rows.length === 0)
      await client.query('CREATE DATABASE imprint OWNER imprint_owner TEMPLATE template0');
    await client.query('REVOKE ALL ON DATABASE imprint FROM PUBLIC');
    await client.query('GRANT CONNECT ON DATABASE imprint TO imprint_app');
  });
  const { host, port } = cluster.connection('imprint');
  const at = { host: String(host), port: Number(port), database: 'imprint' };
  return {
    owner: { ...at, user: 'imprint_owner', password: credentials.owner },
    app: { ...at, user: 'imprint_server', password: credentials.app },
  };
}

function roleStatements(credentials: Credentials): string[] {
  const create = (role: string, options: string) =>
    `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}')
     THEN CREATE ROLE ${role} ${options}; END IF; END $do$`;
  return [
    create('imprint_app', 'NOLOGIN'),
    create('imprint_owner', `LOGIN PASSWORD ${pg.escapeLiteral(credentials.owner)}`),
    create('imprint_server', `LOGIN PASSWORD ${pg.escapeLiteral(credentials.app)} IN ROLE imprint_app`),
  ];
}

/**
 * Prepares a database named by URL: version, and the role the server switches to when no login of its own is given.
 * @throws DB_UNAVAILABLE, DB_VERSION_TOO_OLD, DB_ROLE_MISSING
 */
export async function provisionUrl(url: string, appUrl: string | undefined): Promise<Connections> {
  const owner = { connectionString: url };
  await withClient(owner, async (client) => {
    const { rows } = await client.query<{ version: number; exists: boolean; login: string }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS login,
              EXISTS (SELECT FROM pg_roles WHERE rolname = 'imprint_app' AND pg_has_role(current_user, oid, 'MEMBER')) AS exists`,
    );
    const { version = 0, exists = false, login = '' } = rows[0] ?? {};
    if (version < oldestMajor) throw platformError('DB_VERSION_TOO_OLD', { found: version });
    if (exists || appUrl !== undefined) return;
    try {
      await client.query(
        `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'imprint_app')
         THEN CREATE ROLE imprint_app NOLOGIN; END IF; END $do$`,
      );
      await client.query('GRANT imprint_app TO CURRENT_USER');
    } catch (error) {
      throw platformError('DB_ROLE_MISSING', { login }, { cause: error });
    }
  });
  const app =
    appUrl === undefined
      ? { connectionString: url, options: '-c role=imprint_app' }
      : { connectionString: appUrl };
  return { owner, app };
}

/**
 * Refuses an app role row-level security would not hold.
 * @throws DB_ROLE_TOO_STRONG
 */
export async function checkAppRole(app: pg.ClientConfig): Promise<void> {
  await withClient(app, async (client) => {
    const { rows } = await client.query<{ role: string; strong: boolean }>(
      `SELECT current_user AS role, r.rolsuper OR r.rolbypassrls
              OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relowner = r.oid) AS strong
       FROM pg_roles r WHERE r.rolname = current_user`,
    );
    if (rows[0]?.strong !== false) {
      throw platformError('DB_ROLE_TOO_STRONG', { role: rows[0]?.role ?? 'unknown' });
    }
  });
}

/** Runs work on one connection and closes it. @throws DB_UNAVAILABLE */
export async function withClient<R>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<R>,
): Promise<R> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (isConnectionFailure(error)) throw platformError('DB_UNAVAILABLE', {}, { cause: error });
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
