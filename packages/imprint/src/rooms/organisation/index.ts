export { authenticate, type OrganisationContext } from './actions.ts';
export { ensureOperatorToken, operatorTokenFile } from './bootstrap.ts';
export { organisationError, organisationErrors } from './errors.ts';
export { agencyMigration } from './migrations/0001-agency.ts';
export { AgencyId } from './model.ts';
export { organisationRoutes } from './routes.ts';
export type { OrganisationTables } from './store.ts';
export { agencyPathOf } from './views.ts';
