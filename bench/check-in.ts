import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Transaction } from 'kysely';
import { startCluster } from '../packages/imprint/src/platform/database/cluster.ts';
import { openPool } from '../packages/imprint/src/platform/database/database.ts';
import { serviceContext } from '../packages/imprint/src/platform/database/index.ts';
import { migrate, platformMigrations } from '../packages/imprint/src/platform/database/migrate.ts';
import { provisionCluster, withClient } from '../packages/imprint/src/platform/database/provision.ts';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import {
  type CheckInRow,
  type FleetTables,
  putReports,
  upsertCheckIns,
} from '../packages/imprint/src/rooms/fleet/store.ts';
import { migrations, type Tables } from '../packages/imprint/src/server/tables.ts';
import { type Client, openClient } from '../tools/fleet-simulator/client.ts';
import { checkInMessage } from '../tools/fleet-simulator/device.ts';
import { enrolAll } from '../tools/fleet-simulator/simulate.ts';
import { median } from './measure.ts';
import type { Figures } from './table.ts';

export interface CheckInSizes {
  readonly devices: number;
  /** Check-ins of each device in one round. */
  readonly turns: number;
  readonly callers: number;
  readonly rounds: number;
  readonly fleet: number;
  readonly days: number;
}

const usual: CheckInSizes = {
  devices: 500,
  turns: 8,
  callers: 128,
  rounds: 3,
  fleet: 100_000,
  days: 30,
};

/** Check-ins a second with every acknowledged one durable, and what a month of them leaves in the tables. */
export async function checkInSections(sizes: CheckInSizes = usual): Promise<Figures[]> {
  return [await rates(sizes), await month(sizes)];
}

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function begun(home?: string): Promise<{ process: ChildProcess; url: string }> {
  const words = home === undefined ? [] : [home];
  const child = fork(join(import.meta.dirname, 'check-in-server.ts'), words, { stdio: 'inherit' });
  const [message] = await once(child, 'message');
  return { process: child, url: (message as { url: string }).url };
}

async function rates({ devices: count, turns, callers, rounds }: CheckInSizes): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  await chmod(home, 0o711);
  const [limit, whole] = [await begun(), await begun(home)];
  const token = (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim();
  const clients = [openClient(limit.url, callers), openClient(whole.url, callers)] as const;
  try {
    const devices = await enrolAll(clients[1], { devices: count, callers: 8, token });
    const done: [Round[], Round[], Round[]] = [[], [], []];
    let counter = 0;
    const messages = (isChanged: boolean) =>
      Array.from({ length: turns }, () => {
        counter += 1;
        return devices.map((device) => {
          if (isChanged) device.state += 1;
          return checkInMessage(device, counter, new Date(), 'boot');
        });
      });
    // The first round warms both up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const measured = [
        await play(clients[0], messages(false), callers),
        await play(clients[1], messages(false), callers),
        await play(clients[1], messages(true), callers),
      ] as const;
      if (round > 0) done.forEach((list, index) => void list.push(measured[index] as Round));
    }
    return ratesTable(done, { callers, devices: count });
  } finally {
    for (const client of clients) client.close();
    limit.process.kill();
    whole.process.disconnect();
    await once(whole.process, 'exit');
    await rm(home, { recursive: true, force: true });
  }
}

/** Sends each turn of all devices, so many at a time; a device's next message waits for its last. */
async function play(client: Client, turns: readonly (readonly string[])[], callers: number): Promise<Round> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (const messages of turns) {
    await inLanes(messages, callers, async (message) => {
      const sentAt = performance.now();
      const { status, code } = await client.post('/v1/check-in', { message });
      if (status !== 200) throw new Error(`expected 200, got ${status} ${code ?? ''}`);
      latencies.push(performance.now() - sentAt);
    });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}

async function inLanes<T>(all: readonly T[], lanes: number, work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function ratesTable(
  rounds: readonly (readonly Round[])[],
  { callers, devices }: { callers: number; devices: number },
): Figures {
  const names = [
    'the same framework, 200 bytes, no database',
    'imprint, nothing changed but the times',
    'imprint, every report changed',
  ];
  const middle = (list: readonly Round[], pick: (round: Round) => number) => median(list.map(pick));
  const base = middle(rounds[0] ?? [], ({ perSecond }) => perSecond);
  return {
    title: 'Check-ins',
    note: `${devices} devices, ${callers} kept-alive connections, messages signed beforehand, one client on the same machine. imprint verifies each signature and answers after COMMIT; its commits wait for the disk. The client's own work is in every row.`,
    head: ['', 'per second', 'ratio', 'p50 ms', 'p99 ms'],
    rows: names.map((name, index) => {
      const list = rounds[index] ?? [];
      const rate = middle(list, ({ perSecond }) => perSecond);
      const milliseconds = [middle(list, ({ p50 }) => p50), middle(list, ({ p99 }) => p99)];
      return [
        name,
        rate.toFixed(0),
        (rate / base).toFixed(2),
        ...milliseconds.map((value) => value.toFixed(1)),
      ];
    }),
  };
}

/** Lives through a month of a fleet as fast as the database takes it; sizes after some days. */
async function month({ fleet, days }: CheckInSizes): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  await chmod(home, 0o711);
  const log = openLog('silent');
  const cluster = await startCluster({ home, log });
  const { owner, app } = await provisionCluster(cluster);
  await withClient(owner, (client) => migrate(client, [...platformMigrations, ...migrations]));
  const database = openPool<Tables>(app, { connections: 2, log });
  const ids = Array.from({ length: fleet }, (_, index) => digest(`device ${index}`, 'base64url')).sort();
  const rows: string[][] = [];
  try {
    await withClient(cluster.connection('imprint'), async (client) => {
      await client.query(
        `INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
         SELECT id, '/0/', '{}', 'gov-base', 'stable', 'desk', 'amd64', now() FROM unnest($1::text[]) AS id`,
        [ids],
      );
      for (let day = 1; day <= days; day += 1) {
        for (let at = 0; at < fleet; at += 2000) {
          const batch = ids
            .slice(at, at + 2000)
            .map((id, index) => rowOf(id, day, (at + index) % days === day % days));
          await database.transaction(serviceContext('check-in'), (trx) => storeRows(trx, batch));
        }
        // A day's own vacuum has no time to come by when the day takes a second.
        await client.query('VACUUM fleet_check_in, fleet_report');
        if ([1, Math.ceil(days / 3), Math.ceil((2 * days) / 3), days].includes(day)) {
          const sizes = await client.query(
            `SELECT pg_total_relation_size('fleet_check_in') AS a, pg_total_relation_size('fleet_report') AS b,
               pg_total_relation_size('assurance_entry') AS c`,
          );
          const { a, b, c } = sizes.rows[0];
          rows.push([`day ${day}`, ...[a, b, c].map((bytes) => (Number(bytes) / 1_048_576).toFixed(1))]);
        }
      }
    });
  } finally {
    await database.close();
    await cluster.stop();
    await rm(home, { recursive: true, force: true });
  }
  return {
    title: `A month of ${fleet.toLocaleString('en')} devices`,
    note: `Every device checks in once a day, in batches of 2,000 through the statements of the check-in path; one in ${days} devices has changed each day. Sizes with indexes and TOAST, in MiB, after one vacuum a day.`,
    head: ['', 'last check-ins', 'reports', 'log'],
    rows,
  };
}

const digest = (text: string, encoding: 'hex' | 'base64url') =>
  createHash('sha256').update(text).digest(encoding);

async function storeRows(trx: Transaction<Tables>, rows: readonly CheckInRow[]): Promise<void> {
  const fleetTrx = trx as unknown as Transaction<FleetTables>;
  const { rows: stored } = await upsertCheckIns(rows).execute(fleetTrx);
  const changed = new Set(stored.filter((row) => row.is_report_new).map((row) => row.device_id));
  await putReports(
    fleetTrx,
    rows.filter((row) => changed.has(row.deviceId)),
  );
}

function rowOf(deviceId: string, day: number, isChanged: boolean): CheckInRow {
  const at = new Date(Date.UTC(2026, 10, day));
  const report = JSON.stringify({ version: isChanged ? day : 0, filler: 'x'.repeat(1200) });
  return {
    deviceId,
    counter: day,
    messageSha256: digest(`${deviceId} ${day}`, 'hex'),
    issuedAt: at,
    receivedAt: at,
    bootId: 'boot',
    instants: JSON.stringify([at.toISOString()]),
    reportSha256: digest(report, 'hex'),
    report,
  };
}
