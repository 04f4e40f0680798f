import type { DeviceReport } from '@imprint/protocol';
import type { Transaction } from 'kysely';
import { unfoldReport } from './check-in-rules.ts';
import type { Device, DeviceDetail, EnrolmentToken, PostureLimits } from './model.ts';
import { derivePosture } from './rules.ts';
import type { EnrolmentTokenRow, FleetTables } from './store.ts';

type Trx = Transaction<FleetTables>;

const deviceRows = (trx: Trx) =>
  trx
    .selectFrom('fleet_device as d')
    .leftJoin('fleet_check_in as c', 'c.device_id', 'd.id')
    .leftJoin('fleet_report as r', 'r.device_id', 'd.id')
    .select([
      'd.id',
      'd.edition',
      'd.channel',
      'd.hostname',
      'd.architecture',
      'd.enrolled_at',
      'd.conflict_at',
      'c.received_at',
      'c.counter',
      'c.instants',
      'r.report',
    ]);
type Row = Awaited<ReturnType<ReturnType<typeof deviceRows>['execute']>>[number];

/** Devices the context may see, by id, as they stand now. */
export async function listDevices(
  trx: Trx,
  page: { after: string | undefined; limit: number },
  now: Date,
  limits: PostureLimits,
): Promise<Device[]> {
  const rows = await deviceRows(trx)
    .where('d.id', '>', page.after ?? '')
    .orderBy('d.id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => deviceOf(row, now, limits));
}

/** One device with its last report, when the context may see it. */
export async function showDevice(
  trx: Trx,
  id: string,
  now: Date,
  limits: PostureLimits,
): Promise<DeviceDetail | undefined> {
  const row = await deviceRows(trx).where('d.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    ...deviceOf(row, now, limits),
    ...(row.conflict_at === null ? {} : { conflictAt: row.conflict_at.toISOString() }),
    ...(row.counter === null ? {} : { counter: row.counter }),
    ...ifAny(reportOf(row)),
  };
}

const ifAny = (report: DeviceReport | undefined) => (report === undefined ? {} : { report });

/** The last report as the device sent it. */
function reportOf({ report, instants }: Row): DeviceReport | undefined {
  if (report === null || instants === null) return undefined;
  return unfoldReport({ content: report, instants }) as DeviceReport;
}

function deviceOf(row: Row, now: Date, limits: PostureLimits): Device {
  const report = reportOf(row);
  const last =
    report === undefined || row.received_at === null ? undefined : { report, receivedAt: row.received_at };
  return {
    id: row.id,
    state: row.conflict_at === null ? 'enrolled' : 'conflict',
    edition: row.edition,
    channel: row.channel,
    hostname: row.hostname,
    architecture: row.architecture,
    enrolledAt: row.enrolled_at.toISOString(),
    ...(row.received_at === null ? {} : { lastSeenAt: row.received_at.toISOString() }),
    posture: derivePosture(last, now, limits),
  };
}

export function enrolmentTokenOf(row: EnrolmentTokenRow): EnrolmentToken {
  return {
    id: row.id,
    label: row.label,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.used_at === null ? {} : { usedAt: row.used_at.toISOString() }),
    ...(row.used_by === null ? {} : { usedBy: row.used_by }),
  };
}
