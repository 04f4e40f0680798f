import { type ExitCode, ImprintError, type Problem } from '@imprint/protocol';

const sameInBoth = (text: string) => ({ en: text, 'zh-CN': text });

/** The error a problem object was made from, in the one language it was told in. */
export function errorOfProblem(problem: Problem, exit: ExitCode): ImprintError {
  const hint = problem.hint === undefined ? {} : { hint: sameInBoth(problem.hint) };
  const definition = { status: problem.status, exit, message: sameInBoth(problem.title), ...hint };
  const details = (problem.errors ?? []).map((detail: Problem) => errorOfProblem(detail, exit));
  const place = problem.place === undefined ? {} : { place: problem.place };
  return new ImprintError(problem.code, definition, {}, { ...place, details });
}
