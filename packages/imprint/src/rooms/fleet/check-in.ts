import type { CheckInRequest, CheckInResponse, DeviceJwk, DeviceReport } from '@imprint/protocol';
import { type PublicKey, publicKeyOfJwk } from '@imprint/trust';
import { serviceContext } from '../../platform/database/index.ts';
import { groupCommit } from '../../platform/group-commit.ts';
import { type AssuranceEvent, recordAll } from '../assurance/index.ts';
import { type Director, openDirector } from './antivirus/follow.ts';
import { foldReport, secondsUnderLoad, secondsUntilRoom } from './check-in-rules.ts';
import type { FleetContext } from './context.ts';
import { fleetError } from './errors.ts';
import { hashOf } from './hash.ts';
import { type InventoryKeeper, openInventoryKeeper } from './inventory/follow.ts';
import { readCheckIn } from './messages.ts';
import { openPostureKeeper, type PostureKeeper } from './posture/follow.ts';
import { type Follower, openFollower } from './rollout/track/follow.ts';
import { limitsFor, whyNotStored } from './rules.ts';
import {
  type CheckInRow,
  findDevice,
  markConflicts,
  putReports,
  storedCounters,
  upsertCheckIns,
} from './store.ts';

/** Takes check-ins; `drain` resolves when everything accepted is committed and answered. */
export interface CheckInDesk {
  /**
   * Stores the report of a signed check-in; resolves after COMMIT.
   * @throws FLEET_CHECK_IN_REPLAYED, FLEET_DEVICE_CONFLICT, FLEET_REPORT_REJECTED, FLEET_OVERLOADED and those of `readCheckIn`
   */
  take(message: string): Promise<CheckInResponse>;
  drain(): Promise<void>;
  readonly waiting: number;
}

/** What a device is told besides when to come again. */
type Directions = Pick<CheckInResponse, 'target' | 'antivirus' | 'wantsInventory'>;

type Outcome =
  | { stored: true; told: Directions }
  | { stored: false; why: 'replayed' | 'conflict' | 'unknown'; counter: number };

/** A check-in on its way into a batch, with its report as the device sent it. */
interface Waiting extends CheckInRow {
  readonly told: DeviceReport;
}

/** What keeps up with the devices of a batch, in its transaction. */
interface Followers {
  readonly rollouts: Follower;
  readonly postures: PostureKeeper;
  readonly inventories: InventoryKeeper;
  readonly antivirus: Director;
}

/** Keys kept ready to verify with; a device id is its key's thumbprint, so an entry never goes out of date. */
const keptKeys = 200_000;

/** Stores check-ins whose signatures were verified, a batch in one transaction; at most one of each device. */
export function openBatchStore(context: FleetContext): (rows: readonly Waiting[]) => Promise<Outcome[]> {
  const followers: Followers = {
    rollouts: openFollower(),
    postures: openPostureKeeper(limitsFor(context.checkInSeconds)),
    inventories: openInventoryKeeper(),
    antivirus: openDirector(),
  };
  return (rows) => storeBatch(context, followers, rows);
}

export function openCheckInDesk(context: FleetContext, maxWaiting: number): CheckInDesk {
  const keys = new Map<string, PublicKey>();
  const store = openBatchStore(context);
  const commit = groupCommit<Waiting, Outcome>({
    keyOf: (row) => row.deviceId,
    flush: store,
    overloaded: () =>
      fleetError('FLEET_OVERLOADED', { retryAfterSeconds: secondsUntilRoom(context.checkInSeconds) }),
    refused: (cause) => fleetError('FLEET_REPORT_REJECTED', {}, { cause }),
    maxWaiting,
  });

  async function keyOf(deviceId: string): Promise<PublicKey> {
    const kept = keys.get(deviceId);
    if (kept !== undefined) return kept;
    const device = await context.database.transaction(serviceContext('check-in'), (trx) =>
      findDevice(trx, deviceId),
    );
    if (device === undefined) throw fleetError('FLEET_DEVICE_UNKNOWN');
    const key = publicKeyOfJwk(device.jwk as DeviceJwk);
    if (keys.size >= keptKeys) keys.delete(keys.keys().next().value as string);
    keys.set(deviceId, key);
    return key;
  }

  return {
    take: async (message) => {
      const receivedAt = context.clock.now();
      const request = await readCheckIn(message, receivedAt, keyOf);
      const nextCheckInSeconds = secondsUnderLoad(context.checkInSeconds, commit.waiting, maxWaiting);
      const outcome = await commit.add(rowOf(request, message, receivedAt));
      if (!outcome.stored) throw refusal(outcome, request.counter);
      return { receivedAt: receivedAt.toISOString(), nextCheckInSeconds, ...outcome.told };
    },
    drain: () => commit.drain(),
    get waiting() {
      return commit.waiting;
    },
  };
}

/** A verified check-in as it is stored. */
export function rowOf(request: CheckInRequest, message: string, receivedAt: Date): Waiting {
  const { content, instants } = foldReport(request.report);
  const report = JSON.stringify(content);
  return {
    deviceId: request.deviceId,
    counter: request.counter,
    messageSha256: hashOf(message),
    issuedAt: new Date(request.issuedAt),
    receivedAt,
    bootId: request.bootId,
    instants: JSON.stringify(instants),
    reportSha256: hashOf(report),
    report,
    told: request.report,
  };
}

function refusal(outcome: Outcome & { stored: false }, got: number): Error {
  if (outcome.why === 'unknown') return fleetError('FLEET_DEVICE_UNKNOWN');
  if (outcome.why === 'replayed') return fleetError('FLEET_CHECK_IN_REPLAYED');
  return fleetError('FLEET_DEVICE_CONFLICT', { counter: outcome.counter, got });
}

/**
 * Writes one batch, and in the same transaction follows its devices through their rollouts, judges them, and marks and records
 * devices whose key has two holders.
 */
function storeBatch(
  context: FleetContext,
  followers: Followers,
  rows: readonly Waiting[],
): Promise<Outcome[]> {
  return context.database.transaction(serviceContext('check-in'), async (trx) => {
    const { rows: kept } = await upsertCheckIns(rows).execute(trx);
    const stored = new Set(kept.map((row) => row.device_id));
    const changed = new Set(kept.filter((row) => row.is_report_new).map((row) => row.device_id));
    await putReports(
      trx,
      rows.filter((row) => changed.has(row.deviceId)),
    );
    const heard = rows
      .filter((row) => stored.has(row.deviceId))
      .map(({ deviceId, told, receivedAt }) => ({
        deviceId,
        report: told,
        at: receivedAt,
        isNew: changed.has(deviceId),
      }));
    const targets = await followers.rollouts.follow(trx, heard);
    await followers.postures.follow(trx, heard);
    const asked = await followers.inventories.follow(trx, heard);
    const directives = await followers.antivirus.direct(trx, heard, kept[0]?.selections ?? 0);
    const storedAs = ({ deviceId }: Waiting): Outcome => {
      const [target, antivirus] = [targets.get(deviceId), directives.get(deviceId)];
      return {
        stored: true,
        told: {
          ...(target === undefined ? {} : { target }),
          ...(antivirus === undefined ? {} : { antivirus }),
          ...(asked.has(deviceId) ? { wantsInventory: true } : {}),
        },
      };
    };
    const left = rows.filter((row) => !stored.has(row.deviceId));
    if (left.length === 0) return rows.map(storedAs);

    const ids = left.map((row) => row.deviceId);
    const before = new Map((await storedCounters(trx, ids)).map((row) => [row.device_id, row]));
    const outcomes = rows.map((row): Outcome => {
      if (stored.has(row.deviceId)) return storedAs(row);
      const last = before.get(row.deviceId);
      if (last === undefined) return { stored: false, why: 'unknown', counter: 0 };
      const why = whyNotStored({ counter: last.counter, messageSha256: last.message_sha256 }, row);
      return { stored: false, why, counter: last.counter };
    });
    const clashing = rows.filter((_, index) => {
      const outcome = outcomes[index];
      return outcome?.stored === false && outcome.why === 'conflict';
    });
    if (clashing.length > 0) await markAndRecord(context, trx, clashing);
    return outcomes;
  });
}

async function markAndRecord(
  context: FleetContext,
  trx: Parameters<Parameters<FleetContext['database']['transaction']>[1]>[0],
  rows: readonly CheckInRow[],
): Promise<void> {
  const at = context.clock.now();
  const digestOf = new Map(rows.map((row) => [row.deviceId, row.messageSha256]));
  const marked = await markConflicts(trx, [...digestOf.keys()], at);
  const events = marked.map(
    ({ id, agency_path }): AssuranceEvent => ({
      at,
      action: 'fleet.mark-conflict',
      actor: 'service:check-in',
      agencyPath: agency_path,
      subject: `device:${id}`,
      digests: { message: digestOf.get(id) ?? '' },
    }),
  );
  await recordAll(trx, events);
}
