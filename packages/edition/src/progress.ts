/**
 * One step of long work. `stage` names the work (`resolve`, `fetch`, a layer), `step` a part of it; `done` and
 * `total` count in `unit`. `at` is a UTC instant, `durationMs` is set on `done`.
 */
export interface ProgressEvent {
  readonly at: string;
  readonly stage: string;
  readonly step?: string;
  readonly kind: 'start' | 'progress' | 'cached' | 'done' | 'warn';
  readonly done?: number;
  readonly total?: number;
  readonly unit?: 'bytes' | 'files' | 'packages' | 'steps';
  readonly note?: string;
  readonly durationMs?: number;
  readonly sizeBytes?: number;
}

/** Receives every event in order; it must not throw and must return quickly. */
export type Reporter = (event: ProgressEvent) => void;

/** A reporter that drops everything. */
export const silentReporter: Reporter = () => {};

export type StageEvent = Omit<ProgressEvent, 'at' | 'stage'>;

/** Reports events of one stage; `finish` adds the time since the stage began. */
export interface Stage {
  report(event: StageEvent): void;
  finish(event?: Omit<StageEvent, 'kind' | 'durationMs'>): void;
}

/** Reports a stage's `start` and returns the reporter of what follows. */
export function beginStage(
  reporter: Reporter,
  stage: string,
  event: Omit<StageEvent, 'kind'> = {},
  now: () => Date = () => new Date(),
): Stage {
  const startedAt = now();
  const report = (rest: StageEvent) => reporter({ at: now().toISOString(), stage, ...rest });
  report({ kind: 'start', ...event });
  return {
    report,
    finish: (rest = {}) =>
      report({ ...rest, kind: 'done', durationMs: now().getTime() - startedAt.getTime() }),
  };
}
