import type { Stage } from '../../../progress.ts';
import type { WimlibOptions } from '../tools/wimlib-run.ts';

/** Passes wimlib's percentages on as a stage's progress, each once. */
export function reportFraction(stage: Pick<Stage, 'report'>): NonNullable<WimlibOptions['onProgress']> {
  let last = '';
  return ({ phase, fraction }) => {
    const done = Math.floor(fraction * 100);
    const said = `${phase} ${done}`;
    if (said !== last) stage.report({ kind: 'progress', done, total: 100, note: phase });
    last = said;
  };
}
