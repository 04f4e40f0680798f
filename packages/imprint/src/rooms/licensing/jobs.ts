import { outboxJob, outboxPruneJob } from '../../platform/outbox/worker.ts';
import type { RepeatedJob } from '../../platform/repeat.ts';
import { lapseJob } from './activation/jobs.ts';
import { alertHandlers } from './alerts/deliver.ts';
import { reclaimJob } from './allocation/jobs.ts';
import type { LicensingContext } from './context.ts';
import { revocationsJob } from './revocation/publish.ts';

export interface LicensingJobOptions {
  /** The published tree that devices read. */
  readonly repository: string;
  readonly isStopping: () => boolean;
}

/** What this room does while the server runs, without being asked. */
export function licensingJobs(
  context: LicensingContext,
  { repository, isStopping }: LicensingJobOptions,
): readonly RepeatedJob[] {
  const outbox = { ...context, random: Math.random, handlers: alertHandlers(context), isStopping };
  return [
    lapseJob(context),
    outboxJob(outbox),
    outboxPruneJob(outbox),
    reclaimJob(context),
    revocationsJob(context, repository),
  ];
}
