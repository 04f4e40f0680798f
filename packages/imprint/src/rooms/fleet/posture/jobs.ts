import { serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import type { FleetContext } from '../context.ts';
import { limitsFor } from '../rules.ts';
import { openPostureKeeper } from './follow.ts';
import { purgeDays } from './store.ts';

const service = serviceContext('posture');

/** Devices judged in one transaction, and transactions in one turn. */
const batchSize = 500;
const batches = 40;

/** Judges devices as time passes, and forgets days that count nobody. */
export function postureJob(context: FleetContext, everyMs = 5_000): RepeatedJob {
  return {
    name: 'fleet-posture',
    everyMs,
    run: async () => {
      await judgeDue(context);
      await context.database.transaction(service, (trx) => purgeDays(trx, 1000));
    },
  };
}

/** Judges the devices whose verdict time may have changed; what is left over after a bounded number waits for the next turn. */
export async function judgeDue(
  context: Pick<FleetContext, 'database' | 'clock' | 'checkInSeconds'>,
  limit = batchSize,
): Promise<number> {
  const keeper = openPostureKeeper(limitsFor(context.checkInSeconds));
  let total = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const now = context.clock.now();
    const judged = await context.database.transaction(service, (trx) => keeper.judgeDue(trx, now, limit));
    total += judged;
    if (judged < limit) break;
  }
  return total;
}
