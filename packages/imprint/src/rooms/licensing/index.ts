export type { LicenceKey, LicensingContext } from './context.ts';
export { licensingErrors } from './errors.ts';
export { licenceMigration } from './migrations/0001-licence.ts';
export { licensingRoutes } from './routes.ts';
export type { LicensingTables } from './tables.ts';
