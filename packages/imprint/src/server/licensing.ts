import { type Signer, suiteOf } from '@imprint/trust';
import type { Transaction } from 'kysely';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/index.ts';
import { readOutboundHosts } from '../platform/http/outbound-hosts.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { openMailRelay } from '../platform/mail.ts';
import type { Settings } from '../platform/settings.ts';
import { agenciesOfDevices, agencyOfDevice } from '../rooms/fleet/index.ts';
import {
  ensureWebhookSecret,
  type LicenceKey,
  type LicensingContext,
  type LicensingPolicy,
} from '../rooms/licensing/index.ts';
import type { Tables } from './tables.ts';

/** Gives the licensing room its key, opened at first use, and the fleet's word on where a device belongs. */
export function licensingContext(
  base: { database: Database<Tables>; clock: Clock; ids: Ids; log: Log; policy: LicensingPolicy },
  open: () => Promise<readonly Signer[] | undefined>,
): LicensingContext {
  let key: Promise<LicenceKey | undefined> | undefined;
  return {
    ...base,
    licenceKey: () => {
      key ??= open().then(keyOf, (error: unknown) => {
        // What could not be read now may be readable when it is asked for again.
        key = undefined;
        throw error;
      });
      return key;
    },
    agencyOfDevice: (trx, deviceId) => agencyOfDevice(trx as unknown as Transaction<Tables>, deviceId),
    agenciesOfDevices: (trx, ids) => agenciesOfDevices(trx as unknown as Transaction<Tables>, ids),
  };
}

/** What the settings allow, and the webhook secret of the home. @throws SETTING_INVALID */
export async function licensingPolicy(settings: Settings, keys: string): Promise<LicensingPolicy> {
  return {
    revokeAlone: settings.revokeAlone,
    activationsPerHour: settings.activationsPerHour,
    webhookHosts: readOutboundHosts('IMPRINT_WEBHOOK_HOSTS', settings.webhookHosts),
    webhookSecret: await ensureWebhookSecret(keys),
    mail: openMailRelay(settings),
  };
}

/** The suites of its keys are the profile. */
function keyOf(signers: readonly Signer[] | undefined): LicenceKey | undefined {
  if (signers === undefined) return undefined;
  const suites = new Set(signers.map(({ key }) => suiteOf(key.scheme)));
  const profile = suites.size === 2 ? 'dual' : suites.has('national') ? 'national' : 'intl';
  return { profile, signers };
}
