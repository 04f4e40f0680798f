import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { type ClusterOptions, startCluster } from './cluster.ts';
import { type OpenDatabase, openPool } from './database.ts';
import { type Migration, migrate, platformMigrations } from './migrate.ts';
import { checkAppRole, provisionCluster, provisionUrl, withClient } from './provision.ts';

export { type AccessContext, isWithin, onBehalfOf, serviceContext } from './context.ts';
export { type Database, isConnectionFailure, type OpenDatabase } from './database.ts';
export type { Migration } from './migrate.ts';
export { transactOrRehearse } from './rehearse.ts';

export interface OpenedDatabase<Tables> {
  readonly database: OpenDatabase<Tables>;
  readonly origin: 'external' | 'system' | 'bundled';
  readonly appliedMigrations: readonly string[];
  /** Closes the pool, then the private cluster when nobody else uses it. */
  stop(): Promise<void>;
}

/**
 * Opens the database: `DATABASE_URL`, else the home's private cluster; migrates it as its owner and hands out the pool of
 * the least-privileged role.
 * @throws DB_UNAVAILABLE, DB_BINARIES_MISSING, DB_ROLE_TOO_STRONG and the codes of migration and the cluster
 */
export async function openDatabase<Tables>(options: {
  home: string;
  settings: Settings;
  log: Log;
  migrations: readonly Migration[];
  cluster?: Partial<ClusterOptions>;
}): Promise<OpenedDatabase<Tables>> {
  const { settings, log } = options;
  const url = settings.databaseUrl;
  const cluster =
    url === undefined
      ? await startCluster({
          home: options.home,
          log,
          chosenDirectory: settings.databaseDirectory,
          ...options.cluster,
        })
      : undefined;
  try {
    const connections =
      cluster === undefined
        ? await provisionUrl(url as string, settings.databaseAppUrl)
        : await provisionCluster(cluster);
    const appliedMigrations = await withClient(connections.owner, (client) =>
      migrate(client, [...platformMigrations, ...options.migrations]),
    );
    await checkAppRole(connections.app);
    const database = openPool<Tables>(connections.app, { connections: settings.databaseConnections, log });
    const stop = async () => {
      await database.close();
      await cluster?.stop();
    };
    return { database, origin: cluster?.origin ?? 'external', appliedMigrations, stop };
  } catch (error) {
    await cluster?.stop();
    throw error;
  }
}
