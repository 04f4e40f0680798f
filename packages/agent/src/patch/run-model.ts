import type { Device } from '../device.ts';
import type { Patience } from './health.ts';
import type { PatchMachine } from './machine.ts';
import type { Material } from './material.ts';
import type { PackagePlan } from './packages.ts';
import type { PatchStep } from './plan.ts';
import { moveTo, type Progress, progressRecord } from './progress.ts';
import type { ReconcileAction } from './reconcile-plan.ts';
import type { Situation } from './situation.ts';
import type { Workspace } from './workspace.ts';

/** How patient a run is; a test gives shorter times. */
export interface PatchPatience extends Patience {
  /** How long after a failed health check the next one is worth it. */
  readonly healthAgainMs: number;
  /** A download that breaks is taken up again so often within one run. */
  readonly downloadAttempts: number;
  readonly retryMs: number;
  /** What people have to save their work when the system has to start anew under them. */
  readonly warnMinutes: number;
}

export const usualPatience: PatchPatience = {
  settleMs: 300_000,
  steadyMs: 30_000,
  healthAgainMs: 3_600_000,
  downloadAttempts: 5,
  retryMs: 10_000,
  warnMinutes: 10,
};

/** A running patch run. */
export interface PatchRun {
  readonly device: Device;
  readonly machine: PatchMachine;
  readonly workspace: Workspace;
  readonly patience: PatchPatience;
  /** Shown to people. */
  readonly say: (line: string) => void;
  isRecovered: boolean;
  /** The system goes down, or the service is to end: no further step is taken. */
  isEnding: boolean;
}

/** What installing means here and now. */
export interface Work {
  readonly material: Material;
  readonly packages: PackagePlan;
  readonly actions: readonly ReconcileAction[];
}

export type StepOf<Kind extends PatchStep['kind']> = Extract<PatchStep, { kind: Kind }>;

/** Remembers a change of progress; it is durable before anything that follows from it is done. */
export function remember(run: PatchRun, progress: Progress): Progress {
  progressRecord.save(run.device.files, progress);
  return progress;
}

/** The progress of a situation that has a target, begun where there is none. */
export function progressOf(run: PatchRun, { target, progress, abandoned }: Situation): Progress {
  if (progress !== undefined) return progress;
  if (target === undefined) throw new TypeError('progress is that of a target');
  const since = run.device.now().toISOString();
  // What another release had begun is as much this one's to finish: what was wrong before, and what was held.
  const { failedUnitsBefore, failingPoliciesBefore, held, changed } = abandoned ?? {};
  return {
    ...{ target, step: 'waiting', since, attempts: 0 },
    ...(failedUnitsBefore === undefined ? {} : { failedUnitsBefore }),
    ...(failingPoliciesBefore === undefined ? {} : { failingPoliciesBefore }),
    ...(held === undefined ? {} : { held }),
    ...(changed === undefined ? {} : { changed }),
  };
}

/** Remembers that progress is at a step, with what else is known of it. */
export const advance = (
  run: PatchRun,
  progress: Progress,
  step: Progress['step'],
  more: Partial<Progress> = {},
): Progress => remember(run, { ...moveTo(progress, step, run.device.now()), ...more });
