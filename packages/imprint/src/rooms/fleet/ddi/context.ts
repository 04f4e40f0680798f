import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Ids } from '../../../platform/ids.ts';
import type { AssuranceTables } from '../../assurance/index.ts';
import type { OrganisationTables } from '../../organisation/index.ts';
import type { ReleaseRegister, ReleaseTables } from '../../release/index.ts';
import type { DdiTables } from './store.ts';

export type Tables = DdiTables & OrganisationTables & ReleaseTables & AssuranceTables;

/** Everything the DDI part works with. */
export interface DdiContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly register: ReleaseRegister;
  readonly paths: { readonly repository: string };
  readonly checkInSeconds: number;
  /** Origin that clients are told to download from; without it the one they called. */
  readonly publicUrl: string | undefined;
}
