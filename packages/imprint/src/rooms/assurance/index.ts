export { record, recordAll, verifyEntries } from './actions.ts';
export { assuranceErrors } from './errors.ts';
export { entryMigration } from './migrations/0001-entry.ts';
export type { AssuranceEvent, Verification } from './model.ts';
export { assuranceRoutes } from './routes.ts';
export type { AssuranceTables } from './store.ts';
