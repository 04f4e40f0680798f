import Type, { type Static } from 'typebox';

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
