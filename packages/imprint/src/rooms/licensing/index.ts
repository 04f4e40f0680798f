export { type LeaseDesk, openLeaseDesk } from './activation/desk.ts';
export { activationError } from './activation/errors.ts';
export { ensureWebhookSecret } from './alerts/secret.ts';
export type { LicenceKey, LicensingContext, LicensingPolicy } from './context.ts';
export { licensingErrors } from './errors.ts';
export { licensingJobs } from './jobs.ts';
export { licenceMigration } from './migrations/0001-licence.ts';
export { licensingRoutes } from './routes.ts';
export type { LicensingTables } from './tables.ts';
