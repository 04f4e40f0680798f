import Type, { type Static } from 'typebox';

/** Query of an act that can be rehearsed: a dry run answers as the act would, refusals included, and keeps nothing. */
export const DryRunQuery = Type.Object({
  dryRun: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
});

export function isDryRun(query: Static<typeof DryRunQuery>): boolean {
  return query.dryRun === 'true';
}
