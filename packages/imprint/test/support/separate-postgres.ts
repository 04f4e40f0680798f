import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { asAccount, databaseAccount, giveTo } from '../../src/platform/database/account.ts';
import { findBinaries } from '../../src/platform/database/binaries.ts';

/** A PostgreSQL of the system's package, reached over TCP as an operator's is: data of its own, every commit on disk. */
export interface SeparatePostgres {
  readonly environment: { readonly DATABASE_URL: string };
  readonly superuser: pg.ClientConfig;
  drop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function reached(superuser: pg.ClientConfig): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client(superuser);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('CREATE ROLE owner LOGIN CREATEROLE');
      await client.query('CREATE DATABASE imprint OWNER owner');
      return;
    } catch (error) {
      if (attempt === 500) throw error;
      await sleep(20);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Makes and starts one; it knows nothing of any other cluster on the machine, nor they of it. */
export async function separatePostgres(): Promise<SeparatePostgres> {
  const account = databaseAccount();
  const directory = await mkdtemp(join(tmpdir(), 'imprint-postgres-'));
  await chmod(directory, 0o711);
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  await giveTo(account, data);
  const { directory: binaries } = await findBinaries({ account, copyBelow: directory, origins: ['system'] });
  const as = asAccount(account);
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(join(binaries, 'initdb'), [...init, '--no-instructions'], { ...as, stdio: 'ignore' });
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=on'];
  settings.push('synchronous_commit=on', 'full_page_writes=on', 'dynamic_shared_memory_type=mmap');
  const args = settings.flatMap((setting) => ['-c', setting]);
  const child = spawn(join(binaries, 'postgres'), ['-D', data, ...args], { ...as, stdio: 'ignore' });
  const at = { host: '127.0.0.1', port, user: 'postgres' };
  await reached({ ...at, database: 'postgres' });
  return {
    environment: { DATABASE_URL: `postgres://owner@127.0.0.1:${port}/imprint` },
    superuser: { ...at, database: 'imprint' },
    drop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
