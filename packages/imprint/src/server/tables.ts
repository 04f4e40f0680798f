import type { Migration } from '../platform/database/index.ts';
import { outboxMigration } from '../platform/outbox/migration.ts';
import type { OutboxTables } from '../platform/outbox/tables.ts';
import { type RateLimitTables, rateLimitMigration } from '../platform/rate-limit.ts';
import { type AssuranceTables, entryMigration } from '../rooms/assurance/index.ts';
import { buildMigration, type EditionTables } from '../rooms/edition/index.ts';
import {
  antivirusMigration,
  type DdiTables,
  ddiMigration,
  deviceMigration,
  type FleetTables,
  postureMigration,
  preregistrationMigration,
  reportMigration,
  rolloutMigration,
} from '../rooms/fleet/index.ts';
import { type LicensingTables, licenceMigration } from '../rooms/licensing/index.ts';
import { agencyMigration, type OrganisationTables, peopleMigration } from '../rooms/organisation/index.ts';
import { type ReleaseTables, releaseEmergencyMigration, releaseMigration } from '../rooms/release/index.ts';

/** All tables; each room sees its own part only. */
export type Tables = OrganisationTables &
  EditionTables &
  ReleaseTables &
  LicensingTables &
  FleetTables &
  DdiTables &
  AssuranceTables &
  OutboxTables &
  RateLimitTables;

/** Every room's migrations, in the order they were added. */
export const migrations: readonly Migration[] = [
  entryMigration,
  agencyMigration,
  buildMigration,
  deviceMigration,
  releaseMigration,
  outboxMigration,
  licenceMigration,
  peopleMigration,
  rateLimitMigration,
  rolloutMigration,
  ddiMigration,
  reportMigration,
  postureMigration,
  antivirusMigration,
  releaseEmergencyMigration,
  preregistrationMigration,
];
