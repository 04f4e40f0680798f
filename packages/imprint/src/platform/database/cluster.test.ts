import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../log.ts';
import type { Binaries } from './binaries.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { withClient } from './provision.ts';

const log = openLog('silent');
const quick = { fsync: 'off' };
let parent: string;
let home: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'imprint-cluster-'));
  home = join(parent, 'home');
  await chmod(parent, 0o711);
});
afterEach(async () => {
  if (existsSync(join(home, 'database'))) await (await start()).stop();
  await rm(parent, { recursive: true, force: true });
});

const start = (options: Partial<ClusterOptions> = {}) =>
  startCluster({ home, log, serverSettings: quick, fallbackParent: join(parent, 'elsewhere'), ...options });

const ask = (cluster: Cluster, sql: string) =>
  withClient(cluster.connection('postgres'), async (client) => (await client.query(sql)).rows[0]);

const postmasterOf = async (cluster: Cluster) =>
  Number((await readFile(join(cluster.directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);

/** Starts the cluster from a node process of its own and lets that process hang there. */
async function startElsewhere() {
  const script = fileURLToPath(new URL('./cluster.ts', import.meta.url));
  const code = `
    const { startCluster } = await import(${JSON.stringify(script)});
    const log = { info() {} };
    const cluster = await startCluster({ home: ${JSON.stringify(home)}, log, serverSettings: { fsync: 'off' } });
    console.log(cluster.adopted ? 'adopted' : 'started');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString('utf8').trim() };
}

describe('a private cluster', () => {
  it('is reached by its socket only, keeps checksums, and asks for passwords', async () => {
    const cluster = await start();
    const settings = await ask(
      cluster,
      `SELECT current_setting('listen_addresses') AS addresses, current_setting('data_checksums') AS checksums,
              current_setting('password_encryption') AS passwords,
              (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collation,
              current_setting('dynamic_shared_memory_type') AS memory`,
    );
    expect(settings).toEqual({
      addresses: '',
      checksums: 'on',
      passwords: 'scram-sha-256',
      collation: 'C.UTF-8',
      memory: 'mmap',
    });
    const { host } = cluster.connection('postgres');
    expect((await stat(String(host))).mode & 0o777).toBe(0o700);
    expect((await stat(join(cluster.directory, 'credentials.json'))).mode & 0o777).toBe(0o600);
    const stranger = { ...cluster.connection('postgres'), password: 'guess' };
    await expect(withClient(stranger, async () => undefined)).rejects.toMatchObject({
      code: 'DB_UNAVAILABLE',
      cause: { code: '28P01' },
    });
    expect((await stat(join(cluster.directory, 'data'))).uid).not.toBe(0);
  });

  it('survives kill -9 of the process that started it, and is adopted by the next', async () => {
    const { child, said } = await startElsewhere();
    expect(said).toBe('started');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const cluster = await start();
    expect(cluster.adopted).toBe(true);
    expect(await ask(cluster, 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('comes back after kill -9 of the postmaster itself, its pid file untouched by us', async () => {
    const first = await start();
    await ask(first, 'CREATE TABLE kept AS SELECT 7 AS seven');
    process.kill(await postmasterOf(first), 'SIGKILL');
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await ask(second, 'SELECT seven FROM kept')).toEqual({ seven: 7 });
  });

  it('is made and started once when two start at the same time', async () => {
    const [a, b] = await Promise.all([start(), start()]);
    expect(a.directory).toBe(b.directory);
    expect(await postmasterOf(a)).toBe(await postmasterOf(b));
    expect((await readdir(join(a.directory, '..'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is left running by one of two users and stopped by the last', async () => {
    const cluster = await start();
    const pid = await postmasterOf(cluster);
    await withClient(cluster.connection('postgres'), async () => {
      await cluster.stop();
      expect(() => process.kill(pid, 0)).not.toThrow();
    });
    await cluster.stop();
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it('refuses a server behind its socket that keeps other data', async () => {
    const cluster = await start();
    const { host } = cluster.connection('postgres');
    const other = join(parent, 'other');
    const foreign = await startCluster({ home: other, log, serverSettings: quick });
    await cluster.stop();
    spawnSync('cp', [
      '-a',
      join(cluster.directory, 'credentials.json'),
      join(foreign.directory, 'credentials.json'),
    ]);
    const { password } = cluster.connection('postgres');
    await ask(foreign, `ALTER ROLE imprint_cluster PASSWORD '${String(password)}'`);
    await withClient({ ...foreign.connection('postgres'), password: String(password) }, async (client) => {
      await client.query(`ALTER SYSTEM SET unix_socket_directories = '${String(host)}'`);
    });
    process.kill(await postmasterOf(foreign), 'SIGINT');
    const restarted = await startCluster({
      home: other,
      log,
      serverSettings: {
        ...quick,
        unix_socket_directories: `${String(foreign.connection('x').host)},${String(host)}`,
      },
    });
    await expect(start()).rejects.toMatchObject({ code: 'DB_CLUSTER_FOREIGN' });
    await restarted.stop();
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('moves out of a home its account cannot enter, and stays where it moved to', async () => {
    const closed = join(parent, 'closed');
    await mkdir(closed, { mode: 0o700 });
    home = join(closed, 'home');
    const cluster = await start();
    expect(cluster.directory.startsWith(home)).toBe(false);
    await cluster.stop();
    await chmod(closed, 0o711);
    const again = await start();
    expect(again.directory).toBe(cluster.directory);
    await again.stop();
    home = join(parent, 'home');
  });
});

describe('the bundled binaries', () => {
  it('run without install scripts, from a copy when the package is out of reach', async () => {
    const origins: Binaries['origin'][] = ['bundled'];
    const cluster = await start({ origins });
    expect(cluster.origin).toBe('bundled');
    expect(await ask(cluster, "SELECT current_setting('server_version_num')::int >= 150000 AS new")).toEqual({
      new: true,
    });
    await cluster.stop();
    // The system's PostgreSQL of another major version is not let near this data.
    await expect(start({ origins: ['system'] })).rejects.toMatchObject({
      code: expect.stringMatching(/^DB_(VERSION_MISMATCH|BINARIES_MISSING)$/),
    });
    await rm(home, { recursive: true });
  });
});
