import type { Migration } from '../../../platform/database/index.ts';

/** Until when a release holds by its emergency approval alone; null once every party has approved it. */
export const releaseEmergencyMigration: Migration = {
  id: 'release/0002-emergency',
  sql: `
ALTER TABLE release_release ADD COLUMN emergency_until timestamptz(3);
GRANT UPDATE (emergency_until) ON release_release TO imprint_app;
`,
};
