import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigner } from '@imprint/trust';
import { systemClock } from '../packages/imprint/src/platform/clock.ts';
import { type Cluster, startCluster } from '../packages/imprint/src/platform/database/cluster.ts';
import { openPool } from '../packages/imprint/src/platform/database/database.ts';
import { migrate, platformMigrations } from '../packages/imprint/src/platform/database/migrate.ts';
import {
  type Connections,
  provisionCluster,
  withClient,
} from '../packages/imprint/src/platform/database/provision.ts';
import { randomIds } from '../packages/imprint/src/platform/ids.ts';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import { agenciesOfDevices, agencyOfDevice } from '../packages/imprint/src/rooms/fleet/index.ts';
import {
  type LicenceKey,
  type LicensingContext,
  openLeaseDesk,
} from '../packages/imprint/src/rooms/licensing/index.ts';
import { migrations, type Tables } from '../packages/imprint/src/server/tables.ts';
import { type RawPool, rawPool } from '../packages/imprint/test/support/raw-pool.ts';

const agency = '0'.repeat(26);
export const agencyPath = `/${agency}/`;
const entitlement = 'BENCH';

/** A private cluster whose commits wait for the disk, with one entitlement of ten million seats. */
export interface LicensingPlace {
  /** As many connections as the server has, without anything of ours between. */
  readonly pool: RawPool;
  /** A desk that signs with keys of a profile. */
  desk(profile: 'intl' | 'dual'): ReturnType<typeof openLeaseDesk>;
  enrol(deviceIds: readonly string[]): Promise<void>;
  /** Brings the stored activations to a number, and tells the planner. */
  fill(count: number): Promise<void>;
  close(): Promise<void>;
}

const connections = 10;

type Client = Parameters<Parameters<typeof withClient>[1]>[0];

export async function openLicensingPlace(): Promise<LicensingPlace> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  await chmod(home, 0o711);
  const log = openLog('silent');
  const cluster = await startCluster({ home, log });
  const superuser = cluster.connection('imprint');
  const stop = async () => {
    await cluster.stop();
    await rm(home, { recursive: true, force: true });
  };
  const { app } = await prepare(cluster).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const database = openPool<Tables>(app, { connections, log });
  const pool = rawPool({ ...superuser, max: connections });
  const base = { database, clock: systemClock, ids: randomIds(systemClock), log };
  return {
    pool,
    desk: (profile) => openLeaseDesk(contextOf(base, profile), { maxWaiting: 100_000, perHour: 1000 }),
    enrol: async (ids) => {
      await pool.query(
        `INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
         SELECT id, $2, '{}', 'gov-base', 'stable', 'desk', 'amd64', now() FROM unnest($1::text[]) AS id`,
        [ids, agencyPath],
      );
    },
    fill: (count) => withClient(superuser, (client) => fill(client, count)),
    close: async () => {
      await database.close();
      await pool.end();
      await stop();
    },
  };
}

async function prepare(cluster: Cluster): Promise<Connections> {
  const connections = await provisionCluster(cluster);
  await withClient(connections.owner, (client) => migrate(client, [...platformMigrations, ...migrations]));
  await withClient(cluster.connection('imprint'), seed);
  return connections;
}

type Base = Pick<LicensingContext, 'clock' | 'ids' | 'log'> & {
  readonly database: ReturnType<typeof openPool<Tables>>;
};

function contextOf(base: Base, profile: 'intl' | 'dual'): LicensingContext {
  const schemes = profile === 'intl' ? (['ed25519'] as const) : (['ed25519', 'sm2-sm3'] as const);
  const key: LicenceKey = { profile, signers: schemes.map(generateSigner) };
  const room = {
    ...base,
    licenceKey: async () => key,
    agencyOfDevice,
    agenciesOfDevices,
    policy: {
      revokeAlone: 100,
      activationsPerHour: 10_000_000,
      webhookHosts: [],
      webhookSecret: randomBytes(32),
      mail: undefined,
    },
  };
  return room as unknown as LicensingContext;
}

async function seed(client: Client): Promise<void> {
  await client.query(`
INSERT INTO organisation_agency (id, parent_id, path, kind, name_en, name_zh, created_at)
  VALUES ('${agency}', NULL, '${agencyPath}', 'nation', 'bench', 'bench', now());
INSERT INTO licensing_agreement (id, agency_id, agency_path, number, licensor, sector, edition, starts_at, ends_at, document_sha256, created_at)
  VALUES ('A', '${agency}', '${agencyPath}', 'A', 'operator', 'government', 'gov-base', now() - interval '1 day', now() + interval '5 years', '${'a'.repeat(64)}', now());
INSERT INTO licensing_entitlement (id, agreement_id, agency_path, edition, device_class, seats, features, overage, starts_at, ends_at, created_at)
  VALUES ('${entitlement}', 'A', '${agencyPath}', 'gov-base', 'desktop', 10000000, '{}', 'deny', now() - interval '1 day', now() + interval '5 years', now());
INSERT INTO licensing_allocation (id, entitlement_id, agency_id, agency_path, floor, ceiling, hard_ceiling, created_at)
  VALUES ('ROOT', '${entitlement}', '${agency}', '${agencyPath}', 0, 10000000, 10000000, now());
CREATE TABLE bench_entitlement (id int PRIMARY KEY, seats int NOT NULL, used int NOT NULL);
INSERT INTO bench_entitlement VALUES (1, 10000000, 0);
CREATE TABLE bench_activation (device_id text PRIMARY KEY, entitlement_id int NOT NULL, generation int NOT NULL, nonce text NOT NULL, lease_ends_at timestamptz NOT NULL);`);
}

async function fill(client: Client, count: number): Promise<void> {
  const { rows } = await client.query('SELECT count(*)::int AS stored FROM licensing_activation');
  const { stored } = rows[0];
  await client.query(
    `INSERT INTO licensing_activation (id, entitlement_id, allocation_id, agency_path, device_id, state, seat, origin, generation, nonce,
       requested_at, facts, fact_tpm, fact_board, activated_at, renewed_at, renew_at, lease_ends_at)
     SELECT 'F' || n, '${entitlement}', 'ROOT', '${agencyPath}', substr(md5(n::text) || md5(n::text), 1, 43), 'active', 'regular', 'online', 1,
       'x', now(), '{}', substr(md5('t' || n), 1, 16), substr(md5('b' || n), 1, 16), now(), now(), now() + interval '7 days',
       now() + interval '180 days'
     FROM generate_series($1::int + 1, $2::int) AS n`,
    [stored, count],
  );
  await client.query(
    "UPDATE licensing_allocation SET own = s.n, taken = s.n FROM (SELECT count(*)::int AS n FROM licensing_activation WHERE state = 'active') s",
  );
  await client.query('VACUUM ANALYZE licensing_activation');
  await client.query('CHECKPOINT');
}

export const deviceId = (): string => createHash('sha256').update(randomBytes(16)).digest('base64url');
