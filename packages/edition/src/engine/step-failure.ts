import { isImprintError } from '@imprint/protocol';
import { buildError } from './errors.ts';

function isFull(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true;
  return isImprintError(error) && /No space left on device/.test(String(error.params.lastLines ?? ''));
}

/** A failure inside a step, in terms of the step: a full file system, a tool's last lines, or as it was. */
export function asStepFailure(error: unknown, step: string, place: string): unknown {
  if (isFull(error)) return buildError('BUILD_NO_SPACE', { place }, { cause: error });
  if (isImprintError(error, 'TOOL_FAILED'))
    return buildError('BUILD_STEP_FAILED', { step, problem: error.message }, { cause: error });
  return error;
}
