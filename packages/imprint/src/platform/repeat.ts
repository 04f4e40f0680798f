import type { Log } from './log.ts';

/** Work done again and again while the server runs. */
export interface RepeatedJob {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

/** Starts jobs, each never overlapping itself; a failure is logged and tried again. The answer stops them and waits. */
export function repeatJobs(jobs: readonly RepeatedJob[], log: Log): () => Promise<void> {
  const running = jobs.map((job) => repeat(job, log));
  return async () => {
    await Promise.all(running.map((stop) => stop()));
  };
}

function repeat(job: RepeatedJob, log: Log): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  const turn = () => {
    current = job
      .run()
      .catch((error: unknown) => {
        log.error({ job: job.name, err: error }, 'job failed');
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(turn, job.everyMs).unref();
      });
  };
  turn();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await current;
  };
}
