import { type ErrorPlace, ImprintError, isImprintError } from '@imprint/protocol';
import { lockError } from '../../../lock/errors.ts';

/** Runs `work`; an expected failure names `file` as its owner does, not the path it was read under. */
export async function namingFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isImprintError(error) || !('file' in error.params)) throw error;
    const { code, definition, params, place, details } = error;
    const options = { cause: error, details, ...(place === undefined ? {} : { place }) };
    throw new ImprintError(code, definition, { ...params, file }, options);
  }
}

/**
 * Runs `work` and turns its expected failure into a problem, at this place of the manifest unless it knows a better
 * one. What is no fault of the input (a missing tool, a full disk) is thrown on.
 */
export async function problemsOf(
  place: ErrorPlace,
  work: () => Promise<readonly ImprintError[]>,
): Promise<readonly ImprintError[]> {
  try {
    return await work();
  } catch (error) {
    if (!isImprintError(error) || error.definition.exit === 4) throw error;
    const { code, definition, params, details } = error;
    return [
      new ImprintError(code, definition, params, { cause: error, details, place: error.place ?? place }),
    ];
  }
}

/** Throws all problems at once. @throws LOCK_UNRESOLVED */
export function throwProblems(problems: readonly ImprintError[], file: string): void {
  if (problems.length > 0)
    throw lockError('LOCK_UNRESOLVED', { count: problems.length, file }, { details: problems });
}
