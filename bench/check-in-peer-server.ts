import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

interface Started {
  readonly server: { address(): { readonly port: number } };
  stop(): Promise<void>;
}
type Start = (options: object) => Promise<Started>;

// The peer in a process of its own; what to connect to is its first message, its address ours.
const file = createRequire(process.argv[2] ?? '').resolve('unleash-server');
const { start } = (await import(pathToFileURL(file).href)) as { start: Start };
const [connection] = await once(process, 'message');
const often = 1_000_000_000;
const peer = await start({
  db: { ...(connection as object), ssl: false },
  server: { port: 0, host: '127.0.0.1', enableRequestLogger: false, serverMetrics: false },
  authentication: { type: 'none', enableApiToken: false },
  versionCheck: { enable: false },
  telemetry: false,
  metricsRateLimiting: {
    clientMetricsMaxPerMinute: often,
    clientRegisterMaxPerMinute: often,
    frontendMetricsMaxPerMinute: often,
    frontendRegisterMaxPerMinute: often,
  },
  logLevel: 'fatal',
});
const url = `http://127.0.0.1:${peer.server.address().port}`;
for (let flag = 1; flag <= 5; flag += 1) await makeFlag(`flag${flag}`);
await untilServed();
process.on('disconnect', () => void peer.stop().then(() => process.exit(0)));
process.send?.({ url });

async function makeFlag(name: string): Promise<void> {
  const answer = await fetch(`${url}/api/admin/projects/default/features`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, type: 'release' }),
  });
  if (!answer.ok) throw new Error(`expected a flag, got ${answer.status} ${await answer.text()}`);
}

/** Flags reach clients with the next look at the database. */
async function untilServed(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${url}/api/client/features`, { headers: { 'unleash-appname': 'bench' } });
    const { features } = (await answer.json()) as { features: readonly unknown[] };
    if (features.length === 5) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('expected five flags to be served');
}
