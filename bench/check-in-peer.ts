import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { startCluster } from '../packages/imprint/src/platform/database/cluster.ts';
import { withClient } from '../packages/imprint/src/platform/database/provision.ts';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import type { Request } from './check-in-client.ts';

/** The peer that is run side by side: a server that many clients poll, on Node and PostgreSQL as ours is. */
export const peerVersion = '8.2.0';

export interface Peer {
  readonly url: string;
  /** Of what a poll answers. */
  readonly etag: string;
  stop(): Promise<void>;
}

const accept = { accept: 'application/json', 'unleash-appname': 'bench' };

/** What a client of the peer asks: for its flags, whole or if they changed; or it reports what it used. */
export const peerPaths = {
  poll: (etag?: string) => (): Request => ({
    method: 'GET',
    path: '/api/client/features',
    headers: etag === undefined ? accept : { ...accept, 'if-none-match': etag },
    expected: etag === undefined ? 200 : 304,
  }),
  metrics:
    (at: string) =>
    (instanceId: string): Request => ({
      method: 'POST',
      path: '/api/client/metrics',
      body: {
        appName: 'bench',
        instanceId,
        bucket: { start: at, stop: at, toggles: { flag1: { yes: 1, no: 0, variants: {} } } },
      },
      expected: 202,
    }),
};

/** Installs the peer into a cache of its own, outside the project; whoever has no registry at hand puts it there. */
async function installedPeer(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const directory = join(cache, 'imprint-bench', `unleash-server-${peerVersion}`);
  const manifest = join(directory, 'package.json');
  if (existsSync(join(directory, 'node_modules/unleash-server/package.json'))) return manifest;
  await mkdir(directory, { recursive: true });
  await writeFile(manifest, JSON.stringify({ name: 'imprint-bench-peer', private: true }));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', ['install', ...quiet, `unleash-server@${peerVersion}`], {
    cwd: directory,
    stdio: 'ignore',
  });
  return manifest;
}

/** Starts the peer on a cluster that is set up as ours, with five flags. */
export async function startPeer(): Promise<Peer> {
  const manifest = await installedPeer();
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-peer-'));
  await chmod(home, 0o711);
  const cluster = await startCluster({ home, log: openLog('silent') });
  await withClient(cluster.connection('postgres'), (client) => client.query('CREATE DATABASE peer'));
  const { host, port, user, password }: ClientConfig = cluster.connection('peer');
  const child = fork(join(import.meta.dirname, 'check-in-peer-server.ts'), [manifest], { stdio: 'ignore' });
  child.send({ host, port, user, password, database: 'peer' });
  const [message] = await once(child, 'message');
  const { url } = message as { url: string };
  const answer = await fetch(`${url}/api/client/features`, { headers: accept });
  await answer.arrayBuffer();
  return {
    url,
    etag: answer.headers.get('etag') ?? '',
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
      await cluster.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
