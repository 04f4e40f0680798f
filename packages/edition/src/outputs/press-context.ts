import type { Inside } from '../engine/chroot.ts';
import type { DebianBuildPlan, PlannedOutput } from '../plan/model.ts';
import type { StageEvent } from '../progress.ts';
import type { TreeEntry } from '../tree/index.ts';

/** What pressing an output works with. */
export interface PressContext {
  readonly plan: DebianBuildPlan;
  /** The merged tree, mounted read-only. */
  readonly root: string;
  /** The merged tree's entries, sorted by path, without whiteouts. */
  readonly entries: readonly TreeEntry[];
  /** An entry's modification time in whole seconds. */
  mtimeOf(path: string): number;
  /** The output's directory on this machine. */
  readonly directory: string;
  /** Where pieces that a later press may use again are kept. */
  readonly pieces: string;
  readonly signal?: AbortSignal | undefined;
  progress(event: StageEvent): void;
}

/** The lock's own tools over the image's base; the tree stands at `tree`, the output's directory at `out` in it. */
export interface ToolContext extends PressContext {
  readonly tools: Inside;
  readonly tree: string;
  readonly out: string;
}

/** Writes `output.fileName` into the context's directory. */
export type Presser<C extends PressContext = PressContext> = (
  context: C,
  output: PlannedOutput,
) => Promise<void>;
