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

/**
 * Keeps which set each device of a batch says it has, and answers which devices are asked for theirs: of those that have the
 * same one, one. Joins the batch's transaction.
 */
export async function followInventories(
  trx: QueryExecutorProvider,
  heard: readonly HeardInventory[],
): Promise<Set<string>> {
  await moveHoldings(
    trx,
    heard
      .filter(({ isNew }) => isNew)
      .map(({ deviceId, report, at }) => ({ deviceId, sha256: report.inventorySha256, at })),
  );
  const bringers = new Map<string, string>();
  for (const { deviceId, report } of heard) {
    if (report.inventorySha256 !== undefined) bringers.set(report.inventorySha256, deviceId);
  }
  if (bringers.size === 0) return new Set();
  for (const known of await knownSets(trx, [...bringers.keys()])) bringers.delete(known);
  return new Set(bringers.values());
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
