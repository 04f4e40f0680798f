import { outboxJob, outboxPruneJob } from '../../platform/outbox/worker.ts';
import type { RepeatedJob } from '../../platform/repeat.ts';
import { alertHandlers } from './alerts/deliver.ts';
import { reclaimJob } from './allocation/jobs.ts';
import type { LicensingContext } from './context.ts';

export interface LicensingJobOptions {
  readonly isStopping: () => boolean;
}

/** What this room does while the server runs, without being asked. */
export function licensingJobs(
  context: LicensingContext,
  { isStopping }: LicensingJobOptions,
): readonly RepeatedJob[] {
  const outbox = { ...context, random: Math.random, handlers: alertHandlers(context), isStopping };
  return [outboxJob(outbox), outboxPruneJob(outbox), reclaimJob(context)];
}
