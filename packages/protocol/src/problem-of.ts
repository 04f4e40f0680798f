import type { ImprintError, Language } from './error.ts';
import type { Problem } from './problem.ts';

/** Renders an error as a problem object in one language; details become `errors`. */
export function problemOf(error: ImprintError, language: Language = 'en'): Problem {
  const message = error.messageIn(language);
  const hint = error.hintIn(language);
  return {
    type: `/problems/${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: message,
    status: error.definition.status,
    code: error.code,
    ...(hint === undefined ? {} : { hint }),
    ...(Object.keys(error.params).length === 0 ? {} : { params: { ...error.params } }),
    ...(error.place === undefined ? {} : { place: error.place }),
    ...(error.details.length === 0
      ? {}
      : { errors: error.details.map((detail) => problemOf(detail, language)) }),
  };
}
