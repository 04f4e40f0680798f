import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../packages/imprint/src/platform/clock.ts';
import { startCluster } from '../packages/imprint/src/platform/database/cluster.ts';
import { openPool } from '../packages/imprint/src/platform/database/database.ts';
import { migrate, platformMigrations } from '../packages/imprint/src/platform/database/migrate.ts';
import { provisionCluster, withClient } from '../packages/imprint/src/platform/database/provision.ts';
import { type Access, scopes } from '../packages/imprint/src/platform/http/access.ts';
import { randomIds } from '../packages/imprint/src/platform/ids.ts';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import { assign, placer, positionOf } from '../packages/imprint/src/rooms/fleet/rollout/assign/rules.ts';
import { addRingPlan, beginRollout } from '../packages/imprint/src/rooms/fleet/rollout/begin.ts';
import { advanceRollouts } from '../packages/imprint/src/rooms/fleet/rollout/jobs.ts';
import type { Ring, RingPlan } from '../packages/imprint/src/rooms/fleet/rollout/model.ts';
import { simulateRollout } from '../packages/imprint/src/rooms/fleet/rollout/simulate/actions.ts';
import { populationOf } from '../packages/imprint/src/rooms/fleet/rollout/store.ts';
import { migrations, type Tables } from '../packages/imprint/src/server/tables.ts';

// Measures planning in a process of its own, so that the peak of its memory is that of planning; prints rows as JSON.
const count = Number(process.argv[2] ?? 1_000_000);
const nation = '0'.repeat(26);
const path = `/${nation}/`;
const sha256 = 'a'.repeat(64);

const ring = (name: string, select: Ring['select']): Ring => ({
  name,
  select,
  offsetDays: 0,
  safeMode: true,
  groups: [{ percent: 5 }, { percent: 25 }],
  thresholds: { successPercent: 95, errorPercent: 2, minimumSample: 50 },
  soakHours: 24,
});
const plan: RingPlan = {
  rings: [
    ring('canary', { agencyPath: `${path}${'1'.repeat(24)}07/` }),
    ring('early', { percentOfRest: 10 }),
    ring('rest', { percentOfRest: 100 }),
  ],
  silenceHours: 72,
  deferralCapDays: 14,
};

const seed = `
INSERT INTO organisation_agency (id, parent_id, path, kind, name_en, name_zh, created_at)
  VALUES ('${nation}', NULL, '${path}', 'nation', 'bench', 'bench', now());
INSERT INTO release_release (sha256, edition, channel, version, sequence, state, manifest, signed_by, expires_at, loaded_at, changed_at)
  VALUES ('${sha256}', 'gov-base', 'stable', '2026.12.0', 1, 'current', '{}', '{}', now() + interval '1 year', now(), now());
INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
  SELECT substr(encode(sha256(n::text::bytea), 'hex'), 1, 43), '${path}' || repeat('1', 24) || lpad((n % 60)::text, 2, '0') || '/',
    '{}', 'gov-base', 'stable', 'desk', 'amd64', now() - interval '1 day'
  FROM generate_series(1, ${count}) AS n;
ANALYZE fleet_device;`;

const rows: [string, number, number][] = [];
async function measured(name: string, work: () => Promise<unknown> | unknown): Promise<void> {
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  rows.push([name, seconds, Math.round(process.resourceUsage().maxRSS / 1024)]);
}

const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
await chmod(home, 0o711);
const log = openLog('silent');
const cluster = await startCluster({ home, log });
try {
  const connections = await provisionCluster(cluster);
  await withClient(connections.owner, (client) => migrate(client, [...platformMigrations, ...migrations]));
  await withClient(cluster.connection('imprint'), (client) => client.query(seed));
  const database = openPool<Tables>(connections.app, { connections: 2, log });
  const context = { database, clock: systemClock, ids: randomIds(systemClock) };
  const access: Access = { agencyId: nation, agencyPath: path, actor: 'token:bench', scopes };
  const { id: planId } = await addRingPlan(context, access, { environment: 'bench', plan }, false);
  await measured('nothing yet', () => undefined);
  const devices: Awaited<ReturnType<typeof populationOf>> = [];
  await measured('read the devices', () =>
    database.transaction({ agencyPath: '/', actor: 'bench' }, async (trx) => {
      // One by one: a million arguments are too many.
      for (const device of await populationOf(trx, 'gov-base', 'stable', path)) devices.push(device);
    }),
  );
  let sum = 0;
  await measured('hash each once, which any stable assignment has to do', () => {
    for (const { id } of devices) sum += positionOf('seed', id) % 2;
  });
  let assigned = assign(plan, 'seed', [], () => undefined);
  await measured('divide them among 3 rings of 4 groups, hashing included', () => {
    assigned = assign(plan, 'seed', devices, () => undefined);
  });
  const planned = assigned.planned.flat().reduce((all, one) => all + one, 0);
  const placeOf = placer(plan, assigned.cuts, 'seed', () => undefined);
  await measured('place each again, as check-ins do', () => {
    for (const device of devices) sum += placeOf(device, false)?.ring ?? 0;
  });
  devices.length = 0;
  if (planned !== count || sum === 0) throw new TypeError(`${planned} of ${count} devices were planned`);
  const wanted = { planId, releaseSha256: sha256 };
  await measured('begin a rollout: all of it, committed', () => beginRollout(context, access, wanted, false));
  await measured('decide about it once', () => advanceRollouts(context));
  const simulation = { planId, edition: 'gov-base', channel: 'stable' };
  await measured('simulate it, day by day', () => simulateRollout(context, access, simulation));
  await database.close();
} finally {
  await cluster.stop();
  await rm(home, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(rows));
