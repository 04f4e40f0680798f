import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { startCluster } from '../../src/platform/database/cluster.ts';
import { type OpenDatabase, openPool } from '../../src/platform/database/database.ts';
import { migrate, platformMigrations } from '../../src/platform/database/migrate.ts';
import { type Connections, provisionCluster, withClient } from '../../src/platform/database/provision.ts';
import { openLog } from '../../src/platform/log.ts';
import { migrations, type Tables } from '../../src/server/tables.ts';

/** A migrated database of one test file's own. */
export interface TestDatabase {
  /** As `DATABASE_URL` and `DATABASE_APP_URL` would name it. */
  readonly environment: { readonly DATABASE_URL: string; readonly DATABASE_APP_URL: string };
  readonly owner: pg.ClientConfig;
  readonly app: pg.ClientConfig;
  /** The cluster's superuser: what somebody who owns the machine could do. */
  readonly superuser: pg.ClientConfig;
  open(): OpenDatabase<Tables>;
  drop(): Promise<void>;
}

const template = 'imprint';

/** Makes a database from the migrated template of the run's cluster. */
export async function testDatabase(): Promise<TestDatabase> {
  const home = process.env.IMPRINT_TEST_CLUSTER;
  if (home === undefined) throw new TypeError('the test run has no cluster: see vitest.config.ts');
  const log = openLog('silent');
  const cluster = await startCluster({
    home,
    log,
    serverSettings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '120',
    },
  });
  const connections = await provisionCluster(cluster);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withClient(cluster.connection('postgres'), async (client) => {
    await client.query('SELECT pg_advisory_lock(1)');
    await withClient(connections.owner, (owner) => migrate(owner, [...platformMigrations, ...migrations]));
    await copyTemplate(client, name);
  });
  const at = (config: pg.ClientConfig): pg.ClientConfig => ({ ...config, database: name });
  return {
    environment: urls(connections, name),
    owner: at(connections.owner),
    app: at(connections.app),
    superuser: cluster.connection(name),
    open: () => openPool<Tables>(at(connections.app), { connections: 5, log }),
    drop: () =>
      withClient(cluster.connection('postgres'), async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/** A connection that has just closed still counts for a moment, and a template must have none. */
async function copyTemplate(client: pg.Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER imprint_owner`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error;
    }
  }
}

function urls({ owner, app }: Connections, name: string): TestDatabase['environment'] {
  const url = ({ user, password, host }: pg.ClientConfig) =>
    `postgres://${user}:${String(password)}@localhost/${name}?host=${encodeURIComponent(String(host))}`;
  return { DATABASE_URL: url(owner), DATABASE_APP_URL: url(app) };
}
