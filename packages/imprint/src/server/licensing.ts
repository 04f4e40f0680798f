import { type Signer, suiteOf } from '@imprint/trust';
import type { Transaction } from 'kysely';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/index.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { agencyOfDevice } from '../rooms/fleet/index.ts';
import type { LicenceKey, LicensingContext } from '../rooms/licensing/index.ts';
import type { Tables } from './tables.ts';

/** Gives the licensing room its key, opened at first use, and the fleet's word on where a device belongs. */
export function licensingContext(
  base: { database: Database<Tables>; clock: Clock; ids: Ids; log: Log },
  open: () => Promise<readonly Signer[] | undefined>,
): LicensingContext {
  let key: Promise<LicenceKey | undefined> | undefined;
  return {
    ...base,
    licenceKey: () => {
      key ??= open().then(keyOf);
      return key;
    },
    agencyOfDevice: (trx, deviceId) => agencyOfDevice(trx as unknown as Transaction<Tables>, deviceId),
  };
}

/** The suites of its keys are the profile. */
function keyOf(signers: readonly Signer[] | undefined): LicenceKey | undefined {
  if (signers === undefined) return undefined;
  const suites = new Set(signers.map(({ key }) => suiteOf(key.scheme)));
  const profile = suites.size === 2 ? 'dual' : suites.has('national') ? 'national' : 'intl';
  return { profile, signers };
}
