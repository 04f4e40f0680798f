import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Ids } from '../../../platform/ids.ts';
import type { Tables } from './tables.ts';

export interface RolloutContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
}
