import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startCluster } from '../packages/imprint/src/platform/database/cluster.ts';
import { openPool } from '../packages/imprint/src/platform/database/database.ts';
import { migrate, platformMigrations } from '../packages/imprint/src/platform/database/migrate.ts';
import { provisionCluster, withClient } from '../packages/imprint/src/platform/database/provision.ts';
import { randomIds } from '../packages/imprint/src/platform/ids.ts';
import { openLog } from '../packages/imprint/src/platform/log.ts';
import { openBatchStore, rowOf } from '../packages/imprint/src/rooms/fleet/check-in.ts';
import { migrations, type Tables } from '../packages/imprint/src/server/tables.ts';
import { reportOf } from '../tools/fleet-simulator/device.ts';
import type { Figures } from './table.ts';

export interface Month {
  readonly fleet: number;
  readonly days: number;
  readonly perDay: number;
}

const usual: Month = {
  // A month of 100,000 takes minutes where nobody else computes, and an hour where many do.
  fleet: Number(process.env.IMPRINT_BENCH_FLEET ?? 100_000),
  days: 28,
  perDay: 1,
};

const tables = ['fleet_check_in', 'fleet_report', 'fleet_posture', 'assurance_entry'] as const;
const batchSize = 2000;
const agency = `/${'0'.repeat(26)}/`;

/** What a month of check-ins leaves in the tables: weeks of a fleet as fast as the database takes it, sizes at the end of each. */
export async function checkInMonthSection(size: Month = usual): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-bench-'));
  await chmod(home, 0o711);
  const log = openLog('silent');
  const cluster = await startCluster({ home, log });
  const { owner, app } = await provisionCluster(cluster);
  await withClient(owner, (client) => migrate(client, [...platformMigrations, ...migrations]));
  const database = openPool<Tables>(app, { connections: 2, log });
  const clock = { now: () => instantOf(size, 1, 0) };
  const fleet = { database, clock, ids: randomIds(clock), checkInSeconds: 14_400, smallCell: 10 };
  const store = openBatchStore(fleet);
  const devices = Array.from({ length: size.fleet }, (_, index) => ({ id: idOf(index), state: 0 })).sort(
    (a, b) => (a.id < b.id ? -1 : 1),
  );
  const rows: string[][] = [];
  const startedAt = performance.now();
  try {
    await withClient(cluster.connection('imprint'), async (client) => {
      await client.query(
        `INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
         SELECT id, $2, '{}', 'gov-base', 'stable', 'desk', 'amd64', $3 FROM unnest($1::text[]) AS id`,
        [devices.map(({ id }) => id), agency, instantOf(size, 1, 0)],
      );
      for (let day = 1; day <= size.days; day += 1) {
        for (const [index, device] of devices.entries())
          device.state += Number(index % size.days === day - 1);
        for (let turn = 0; turn < size.perDay; turn += 1) {
          for (let at = 0; at < size.fleet; at += batchSize)
            await store(devices.slice(at, at + batchSize).map((device) => checkIn(size, device, day, turn)));
        }
        // A day's own vacuum has no time to come by when the day takes a second.
        await client.query(`VACUUM ${tables.join(', ')}`);
        if (day !== 1 && day % 7 !== 0) continue;
        const sizes = await client.query(
          `SELECT ${tables.map((table) => `pg_total_relation_size('${table}') AS ${table}`).join(', ')}`,
        );
        const [found] = sizes.rows;
        const label = day === 1 ? 'day 1' : `week ${day / 7}`;
        rows.push([label, ...tables.map((table) => (Number(found[table]) / 1_048_576).toFixed(1))]);
      }
    });
  } finally {
    await database.close();
    await cluster.stop();
    await rm(home, { recursive: true, force: true });
  }
  return monthTable(size, rows, (performance.now() - startedAt) / 1000);
}

const idOf = (index: number) => createHash('sha256').update(`device ${index}`).digest('base64url');
const instantOf = ({ perDay }: Month, day: number, turn: number) =>
  new Date(Date.UTC(2026, 10, day, Math.floor((turn * 24) / perDay)));

function checkIn(
  size: Month,
  device: { readonly id: string; readonly state: number },
  day: number,
  turn: number,
) {
  const at = instantOf(size, day, turn);
  const counter = day * size.perDay + turn;
  const request = {
    protocol: 1,
    deviceId: device.id,
    counter,
    issuedAt: at.toISOString(),
    bootId: 'boot',
    report: reportOf(device, at),
  };
  return rowOf(request, `${device.id} ${counter}`, at);
}

function monthTable({ fleet, days, perDay }: Month, rows: readonly string[][], seconds: number): Figures {
  const perSecond = Math.round((fleet * days * perDay) / seconds).toLocaleString('en');
  const often = perDay === 1 ? 'once' : `${perDay} times`;
  return {
    title: `A month of ${fleet.toLocaleString('en')} devices`,
    note: `Every device checks in ${often} a day, in batches of ${batchSize.toLocaleString('en')} through all that the check-in path does in a transaction but verifying signatures (${perSecond} a second with making the reports); one in ${days} devices has changed each day. Sizes with indexes and TOAST, in MiB, after one vacuum a day.`,
    head: ['', 'last check-ins', 'reports', 'posture', 'log'],
    rows,
  };
}
