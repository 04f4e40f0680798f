import Type, { type Static } from 'typebox';
import type { ImprintError, Language } from './error.ts';

/** An error as it crosses the wire or leaves `--json`. Source: RFC 9457 §3, with extension members. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  code: Type.String(),
  hint: Type.Optional(Type.String()),
  params: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  ),
  place: Type.Optional(
    Type.Object({
      file: Type.Optional(Type.String()),
      line: Type.Optional(Type.Integer()),
      column: Type.Optional(Type.Integer()),
      pointer: Type.Optional(Type.String()),
    }),
  ),
  errors: Type.Optional(Type.Array(Type.Any())),
});
export type Problem = Static<typeof Problem>;

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
