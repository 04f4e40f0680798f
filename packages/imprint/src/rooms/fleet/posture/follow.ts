import type { DeviceReport } from '@imprint/protocol';
import { unfoldReport } from '../check-in-rules.ts';
import type { PostureLimits } from '../model.ts';
import { type Counted, isCountedAlike, judge, movementsOf, unheard } from './rules.ts';
import {
  type LastWordRow,
  lastWords,
  lockDue,
  lockPostures,
  moveCounts,
  type PlacedRow,
  type PostureRow,
  placedDevices,
  putPostures,
  ringNames,
  type Trx,
} from './store.ts';

/** One report that was stored. */
export interface HeardReport {
  readonly deviceId: string;
  readonly report: DeviceReport;
  readonly at: Date;
}

/** Keeps verdicts and what counts them as devices report and as time passes. */
export interface PostureKeeper {
  /**
   * Judges what a batch of devices said, and writes what is otherwise than before. Joins the batch's transaction, after its
   * check-ins and rollouts.
   */
  follow(trx: Trx, heard: readonly HeardReport[]): Promise<void>;
  /** Judges devices whose verdict time may have changed, at most so many; returns how many it judged. */
  judgeDue(trx: Trx, now: Date, limit: number): Promise<number>;
}

export function openPostureKeeper(limits: PostureLimits): PostureKeeper {
  const rings = new Map<string, readonly string[]>();

  async function ringsOf(trx: Trx, rows: readonly PlacedRow[]): Promise<void> {
    const unknown = new Set(rows.flatMap(({ rollout_id: id }) => (id === null || rings.has(id) ? [] : [id])));
    if (unknown.size === 0) return;
    // A rollout keeps its plan, so a name never goes out of date.
    for (const [id, names] of await ringNames(trx, [...unknown])) rings.set(id, names);
  }
  const placeOf = ({ agency_path, edition, rollout_id, ring_number }: PlacedRow) => ({
    agencyPath: agency_path,
    edition,
    ring: rollout_id === null ? '' : (rings.get(rollout_id)?.[ring_number ?? 0] ?? ''),
  });

  const judged = (row: PlacedRow, { report, at }: HeardReport, now: Date): PostureRow => {
    const last = { report, receivedAt: at };
    const before = row.verdicts ?? {};
    return {
      deviceId: row.device_id,
      ...placeOf(row),
      ...judge(last, now, limits, before, at),
      heardOn: dayOf(at),
    };
  };

  return {
    follow: async (trx, heard) => {
      const byId = new Map(heard.map((one) => [one.deviceId, one]));
      const next = (rows: readonly PlacedRow[]) =>
        rows.flatMap((row) => {
          const one = byId.get(row.device_id);
          if (one === undefined) return [];
          const after = judged(row, one, one.at);
          return isKept(row, after) ? [] : [{ row, after }];
        });
      const rows = await placedDevices(trx, [...byId.keys()]);
      await ringsOf(trx, rows);
      const moved = next(rows).map(({ row }) => row.device_id);
      if (moved.length === 0) return;
      await lockPostures(trx, moved);
      await write(trx, next(await placedDevices(trx, moved)));
    },
    judgeDue: async (trx, now, limit) => {
      const ids = await lockDue(trx, now, limit);
      if (ids.length === 0) return 0;
      const rows = await placedDevices(trx, ids);
      await ringsOf(trx, rows);
      const words = await lastWords(trx, ids);
      const changes = rows.map((row) => {
        const word = words.get(row.device_id);
        const after = word === undefined ? waiting(row) : judged(row, heardOf(word), now);
        return { row, after };
      });
      await write(trx, changes);
      return ids.length;
    },
  };

  /** A device that never reported: unknown until it does. */
  function waiting(row: PlacedRow): PostureRow {
    const verdicts = row.verdicts ?? unheard(new Date(0));
    return { deviceId: row.device_id, ...placeOf(row), verdicts, agesAt: undefined, heardOn: undefined };
  }
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

const heardOf = ({ device_id, report, instants, received_at }: LastWordRow): HeardReport => ({
  deviceId: device_id,
  report: unfoldReport({ content: report, instants }) as DeviceReport,
  at: received_at,
});

function countedOf(row: PlacedRow): Counted | undefined {
  const { counted_path, counted_edition, ring, verdicts, heard_on } = row;
  if (counted_path === null || counted_edition === null || ring === null || verdicts === null)
    return undefined;
  return {
    agencyPath: counted_path,
    edition: counted_edition,
    ring,
    verdicts,
    heardOn: heard_on ?? undefined,
  };
}

/** Nothing to write: counted alike, and looked at again no later than it has to be. */
function isKept(row: PlacedRow, after: PostureRow): boolean {
  const before = countedOf(row);
  if (before === undefined || !isCountedAlike(before, after)) return false;
  if (after.agesAt === undefined) return true;
  return row.ages_at !== null && Number(row.ages_at) <= after.agesAt.getTime();
}

async function write(
  trx: Trx,
  changes: readonly { readonly row: PlacedRow; readonly after: PostureRow }[],
): Promise<void> {
  await putPostures(
    trx,
    changes.map(({ after }) => after),
  );
  await moveCounts(trx, movementsOf(changes.map(({ row, after }) => ({ before: countedOf(row), after }))));
}

/** Counts a device where it is enrolled now: as unknown when it is new, else as it stands. Joins the enrolment's transaction. */
export async function placeDevice(trx: Trx, id: string, at: Date): Promise<void> {
  await lockPostures(trx, [id]);
  const [row] = await placedDevices(trx, [id]);
  if (row === undefined) return;
  const { agency_path: agencyPath, edition } = row;
  const before = countedOf(row);
  const counted: Counted =
    before === undefined
      ? { agencyPath, edition, ring: '', verdicts: unheard(at), heardOn: undefined }
      : { ...before, agencyPath, edition };
  const agesAt = row.ages_at === null ? undefined : new Date(Math.max(0, Number(row.ages_at)));
  await write(trx, [{ row, after: { deviceId: id, ...counted, agesAt } }]);
}
