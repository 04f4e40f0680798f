import Type, { type Static } from 'typebox';

/** Query of a list: pages go on after the last key of the page before. */
export const PageQuery = Type.Object({
  after: Type.Optional(Type.String({ maxLength: 200, description: 'last key of the page before' })),
  limit: Type.Optional(
    Type.String({ pattern: '^([1-9][0-9]?|1[0-9]{2}|200)$', description: '1 to 200, 50 if absent' }),
  ),
});
export type PageQuery = Static<typeof PageQuery>;

export function pageOf(query: PageQuery): { after: string | undefined; limit: number } {
  return { after: query.after, limit: Number(query.limit ?? 50) };
}
