import type { Stage, StageContext } from './stage.ts';
import type { StartView } from './view.ts';

/** Runs the stages in order, each shown from its beginning to its end; the first error ends the run. */
export async function runStages(
  stages: readonly Stage[],
  context: StageContext,
  view: StartView,
): Promise<void> {
  for (const [index, stage] of stages.entries()) {
    context.signal.throwIfAborted();
    view.begin(stage, index + 1, stages.length);
    const startedAt = context.now().getTime();
    const outcome = await stage.run(context);
    view.end(stage, outcome, context.now().getTime() - startedAt);
  }
}
