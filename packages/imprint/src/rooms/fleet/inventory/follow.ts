import type { DeviceReport } from '@imprint/protocol';
import type { QueryExecutorProvider } from 'kysely';
import { type Holding, setMovements } from './rules.ts';
import { keepPurgeOut, knownSets, lockHoldings, moveSets, putHoldings } from './store.ts';

/** One report that was stored. */
export interface HeardInventory {
  readonly deviceId: string;
  readonly report: Pick<DeviceReport, 'inventorySha256'>;
  readonly at: Date;
  /** It differs from the report before. */
  readonly isNew: boolean;
}

/** Keeps which set each device says it has. */
export interface InventoryKeeper {
  /**
   * Writes what the devices of a batch have now, and answers which are asked for their set: of those that have the same one, one.
   * Joins the batch's transaction.
   */
  follow(trx: QueryExecutorProvider, heard: readonly HeardInventory[]): Promise<Set<string>>;
}

/** For so long another device is not asked for the same set, nor a set that is stored looked up again. */
const restMs = 600_000;
const mostRemembered = 20_000;

export function openInventoryKeeper(): InventoryKeeper {
  /** Sets that are stored, and those that a device was asked for. */
  const resting = new Map<string, { readonly until: number; readonly asked: string | undefined }>();

  function rest(sha256: string, asked: string | undefined, at: Date): void {
    resting.delete(sha256);
    if (resting.size >= mostRemembered) resting.delete(resting.keys().next().value as string);
    resting.set(sha256, { until: at.getTime() + restMs, asked });
  }
  /** A set is removed only where no device has it, so only a device that has it anew may have to bring one that was stored. */
  function isResting({ deviceId, at, isNew }: HeardInventory, sha256: string): boolean {
    const last = resting.get(sha256);
    if (last === undefined || last.until <= at.getTime()) return false;
    return last.asked === undefined ? !isNew : last.asked !== deviceId;
  }

  return {
    follow: async (trx, heard) => {
      await moveHoldings(
        trx,
        heard
          .filter(({ isNew }) => isNew)
          .map(({ deviceId, report, at }) => ({ deviceId, sha256: report.inventorySha256, at })),
      );
      const bringers = new Map<string, HeardInventory>();
      for (const one of heard) {
        const sha256 = one.report.inventorySha256;
        if (sha256 !== undefined && !isResting(one, sha256)) bringers.set(sha256, one);
      }
      if (bringers.size === 0) return new Set();
      const known = await knownSets(trx, [...bringers.keys()]);
      const asked = new Set<string>();
      for (const [sha256, { deviceId, at }] of bringers) {
        const isKnown = known.has(sha256);
        rest(sha256, isKnown ? undefined : deviceId, at);
        if (!isKnown) asked.add(deviceId);
      }
      return asked;
    },
  };
}

interface Said {
  readonly deviceId: string;
  readonly sha256: string | undefined;
  readonly at: Date;
}

async function moveHoldings(trx: QueryExecutorProvider, said: readonly Said[]): Promise<void> {
  const [first] = said;
  if (first === undefined) return;
  const stored = await lockHoldings(
    trx,
    said.map(({ deviceId }) => deviceId),
  );
  const changes = said.flatMap(({ deviceId, sha256 }) => {
    const row = stored.get(deviceId);
    if (row === undefined) return [];
    const after: Holding = { deviceId, agencyPath: row.enrolledAt, sha256 };
    const before = row.holding;
    const isSame =
      before?.sha256 === sha256 && (before === undefined || before.agencyPath === after.agencyPath);
    return isSame ? [] : [{ before, after }];
  });
  if (changes.length === 0) return;
  await keepPurgeOut(trx);
  await putHoldings(
    trx,
    changes.map(({ after }) => after),
    first.at,
  );
  await moveSets(trx, setMovements(changes));
}

/** Counts a device's set where the device is enrolled now. Joins the enrolment's transaction. */
export async function moveInventory(trx: QueryExecutorProvider, deviceId: string, at: Date): Promise<void> {
  const sha256 = (await lockHoldings(trx, [deviceId])).get(deviceId)?.holding?.sha256;
  if (sha256 !== undefined) await moveHoldings(trx, [{ deviceId, sha256, at }]);
}
