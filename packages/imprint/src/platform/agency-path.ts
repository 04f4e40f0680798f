/** The id of the agency that a path leads to: `/NATION/…/AGENCY/`, every id between slashes. */
export const agencyIdOf = (path: string): string => path.split('/').at(-2) ?? '';
