import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, realpath, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { platformError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Account, asAccount, databaseAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { initCluster, readCredentials } from './init-cluster.ts';
import { clusterLocation } from './location.ts';
import { socketDirectory } from './socket.ts';

export interface ClusterOptions {
  readonly home: string;
  readonly log: Log;
  readonly chosenDirectory?: string | undefined;
  readonly fallbackParent?: string;
  readonly origins?: readonly Binaries['origin'][];
  /** Further server settings; tests turn fsync off. */
  readonly serverSettings?: Readonly<Record<string, string>>;
  readonly startSeconds?: number;
}

/** A running private cluster. Connections go through its unix socket only. */
export interface Cluster {
  readonly directory: string;
  readonly origin: Binaries['origin'];
  /** True when a postmaster left by an earlier process was found alive. */
  readonly adopted: boolean;
  /** Connection settings of the cluster's superuser, for provisioning only. */
  connection(database: string): pg.ClientConfig;
  /** Stops the postmaster, unless another process is still connected; resolves once it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the private cluster of a home, or adopts the one that already runs; makes it first when there is none.
 * Two processes may call this at once: one starts, the other adopts. The pid file is PostgreSQL's alone and is never touched.
 * @throws DB_BINARIES_MISSING, DB_VERSION_MISMATCH, DB_ACCOUNT_MISSING, DB_INIT_FAILED, DB_START_FAILED, DB_CLUSTER_FOREIGN
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const account = databaseAccount();
  const base = await clusterLocation({
    home: options.home,
    account,
    chosen: options.chosenDirectory,
    ...(options.fallbackParent === undefined ? {} : { fallbackParent: options.fallbackParent }),
  });
  const directory = join(base, 'cluster');
  const data = join(directory, 'data');
  const binaries = await findBinaries({
    account,
    copyBelow: base,
    major: majorOfData(data),
    ...(options.origins === undefined ? {} : { origins: options.origins }),
  });
  if (!existsSync(directory)) await initCluster({ directory, binaries, account });
  const socket = await socketDirectory(directory, account);
  const { superuser } = readCredentials(directory);
  const connection = (database: string): pg.ClientConfig => ({
    host: socket,
    port: 5432,
    user: 'imprint_cluster',
    password: superuser,
    database,
    application_name: 'imprint-supervisor',
  });
  const run: Run = { options, binaries, account, data: await realpath(data), socket, connection };
  const adopted = await reachOrStart(run);
  options.log.info({ directory, origin: binaries.origin, major: binaries.major, adopted }, 'database ready');
  return { directory, origin: binaries.origin, adopted, connection, stop: () => stopCluster(run) };
}

interface Run {
  readonly options: ClusterOptions;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly data: string;
  readonly socket: string;
  readonly connection: (database: string) => pg.ClientConfig;
}

function majorOfData(data: string): number | undefined {
  const file = join(data, 'PG_VERSION');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined;
}

/** Connects, or starts a postmaster and connects; a start that fails because another is still dying is tried again. */
async function reachOrStart(run: Run): Promise<boolean> {
  if (await answers(run)) return true;
  const seconds = run.options.startSeconds ?? 60;
  const log = join(run.options.home, 'run', 'postgres.log');
  const deadline = Date.now() + seconds * 1000;
  let launched: { ended: boolean } | undefined;
  while (Date.now() < deadline) {
    if (launched === undefined || launched.ended) launched = await launch(run, log);
    for (let i = 0; i < 100 && !launched.ended; i += 1) {
      if (await answers(run)) return false;
      await sleep(20);
    }
    if (await answers(run)) return true;
    await sleep(100);
  }
  throw platformError('DB_START_FAILED', { directory: run.data, seconds, log });
}

/** Asks the server behind the socket whether it is this cluster's. */
async function answers(run: Run): Promise<boolean> {
  const client = new pg.Client({ ...run.connection('postgres'), connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const found = rows[0]?.data_directory ?? '';
    if (found === run.data || (await realpath(found).catch(() => found)) === run.data) return true;
    throw platformError('DB_CLUSTER_FOREIGN', { socket: run.socket, found, expected: run.data });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starts a postmaster that outlives this process; its own lock file decides when two start at once. */
async function launch(run: Run, log: string): Promise<{ ended: boolean }> {
  await mkdir(join(run.options.home, 'run'), { recursive: true });
  const output = await open(log, 'a', 0o600);
  if ((await stat(log)).size > 8 * 1024 * 1024) await truncate(log);
  const settings = { ...serverSettings(run.socket), ...run.options.serverSettings };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(run.binaries.directory, 'postgres'), ['-D', run.data, ...args], {
    ...asAccount(run.account),
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' },
  });
  const state = { ended: false };
  child.once('exit', () => {
    state.ended = true;
  });
  child.once('error', () => {
    state.ended = true;
  });
  child.unref();
  await output.close();
  return state;
}

function serverSettings(socket: string): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    dynamic_shared_memory_type: 'mmap',
    max_connections: '60',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // A statement that failed may hold a password.
    log_min_error_statement: 'panic',
  };
}

async function stopCluster(run: Run): Promise<void> {
  const client = new pg.Client(run.connection('postgres'));
  client.on('error', () => undefined);
  let pid: number;
  try {
    await client.connect();
    if (await othersConnected(client)) return;
    pid = Number(readFileSync(join(run.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return;
  } finally {
    await client.end().catch(() => undefined);
  }
  if (!Number.isInteger(pid) || pid <= 1) return;
  process.kill(pid, 'SIGINT');
  for (let i = 0; i < 1000 && isAlive(pid); i += 1) await sleep(20);
}

/** A closed connection lingers for a moment, so the question is asked a few times before the answer counts. */
async function othersConnected(client: pg.Client): Promise<boolean> {
  for (let i = 0; i < 10; i += 1) {
    const { rows } = await client.query(
      "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    if (rows.length === 0) return false;
    await sleep(50);
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
