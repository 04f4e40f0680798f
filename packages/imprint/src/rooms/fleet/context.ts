import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Ids } from '../../platform/ids.ts';
import type { AssuranceTables } from '../assurance/index.ts';
import type { OrganisationTables } from '../organisation/index.ts';
import type { ReleaseTables } from '../release/index.ts';
import type { FleetTables } from './store.ts';

/** Tables that the fleet's acts touch. */
export type Tables = FleetTables & OrganisationTables & ReleaseTables & AssuranceTables;

/** What an act of the fleet works with. */
export interface FleetContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly checkInSeconds: number;
  /** Counts from 1 to below this are not said of devices below the asker's agency. */
  readonly smallCell: number;
}
