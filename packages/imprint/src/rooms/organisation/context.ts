import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Ids } from '../../platform/ids.ts';
import type { AssuranceTables } from '../assurance/index.ts';
import type { OrganisationTables } from './store.ts';

/** Every table an act of this room may touch in its one transaction. */
export type Tables = OrganisationTables & AssuranceTables;

/** Everything this room works with. */
export interface OrganisationContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
}
