import { allocationErrors } from './allocation/errors.ts';

/** Every code of this room; each part keeps its own beside what throws it. */
export const licensingErrors = { ...allocationErrors };
