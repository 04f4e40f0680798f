import type { CryptoProfile } from '@imprint/protocol';
import type { Signer } from '@imprint/trust';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Tables, Trx } from './tables.ts';

/** The operator's licence key: one signer for each suite that the profile demands. */
export interface LicenceKey {
  readonly profile: CryptoProfile;
  readonly signers: readonly Signer[];
}

/** Everything this room works with. */
export interface LicensingContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** The key that signs leases, lists and reports; undefined where this server has none. */
  licenceKey(): Promise<LicenceKey | undefined>;
  /** Path of the agency an enrolled device belongs to; the room that keeps devices answers. */
  agencyOfDevice(trx: Trx, deviceId: string): Promise<string | undefined>;
}
