import { graceDays } from '@imprint/trust';
import { serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import { recordAll } from '../../assurance/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import type { LicensingContext } from '../context.ts';
import { endActivations } from './release.ts';
import { isLapsed } from './rules.ts';
import { listEndedLeases } from './store.ts';
import { dayMs } from './terms.ts';

const batchSize = 1000;

/** Gives back the seats of devices that nobody has heard of by the end of their grace, every hour. */
export function lapseJob(context: LicensingContext, everyMs = 3_600_000): RepeatedJob {
  return { name: 'licensing-lapse', everyMs, run: () => lapse(context) };
}

/** Releases every lapsed activation, in batches; a device that renews meanwhile keeps its seat. */
export async function lapse(context: LicensingContext): Promise<void> {
  let full = true;
  while (full) full = await lapseBatch(context);
}

/** True when there may be more. */
function lapseBatch(context: LicensingContext): Promise<boolean> {
  const at = context.clock.now();
  const service = serviceContext('lapse');
  return context.database.transaction(service, async (trx) => {
    const chosen = await listEndedLeases(trx, new Date(at.getTime() - graceDays * dayMs), batchSize);
    const onlyIf = (row: (typeof chosen)[number]) => isLapsed(row, at);
    const { activations, nodes } = await endActivations(trx, chosen, {
      state: 'released',
      reason: 'lapsed',
      at,
      onlyIf,
    });
    await raiseAlerts(trx, context, nodes);
    await recordAll(
      trx,
      activations.map((row) => ({
        at,
        action: 'licensing.lapse',
        actor: service.actor,
        agencyPath: row.agency_path,
        subject: `activation:${row.id}`,
      })),
    );
    return chosen.length === batchSize;
  });
}
