export { type EditionContext, registerBuild } from './actions.ts';
export { editionErrors } from './errors.ts';
export { buildMigration } from './migrations/0001-build.ts';
export { editionRoutes } from './routes.ts';
export type { EditionTables } from './store.ts';
