import {
  cryptoProfileOf,
  licenceKeysOf,
  type Metadata,
  type RootSigned,
  type Signer,
  suiteOf,
} from '@imprint/trust';
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
  activationError,
  ensureWebhookSecret,
  type LicenceKey,
  type LicensingContext,
  type LicensingPolicy,
} from '../rooms/licensing/index.ts';
import type { Tables } from './tables.ts';

/** For how long a licence key that was found to be pinned, or not to be, is taken for what it was. */
const checkedMs = 10_000;

/** Gives the licensing room its key, opened at first use, and the fleet's word on where a device belongs. */
export function licensingContext(
  base: { database: Database<Tables>; clock: Clock; ids: Ids; log: Log; policy: LicensingPolicy },
  open: () => Promise<readonly Signer[] | undefined>,
  rootOf: () => Promise<Metadata<RootSigned> | undefined>,
): LicensingContext {
  return {
    ...base,
    licenceKey: checkedKey(base.clock, keptKey(open), rootOf),
    agencyOfDevice: (trx, deviceId) => agencyOfDevice(trx as unknown as Transaction<Tables>, deviceId),
    agenciesOfDevices: (trx, ids) => agenciesOfDevices(trx as unknown as Transaction<Tables>, ids),
  };
}

/** A key that is opened once; one that could not be read, or is forgotten, is opened again when it is asked for again. */
interface KeptKey {
  get(): Promise<LicenceKey | undefined>;
  forget(): void;
}

function keptKey(open: () => Promise<readonly Signer[] | undefined>): KeptKey {
  let key: Promise<LicenceKey | undefined> | undefined;
  const forget = () => {
    key = undefined;
  };
  return {
    forget,
    get: () => {
      key ??= open().then(keyOf, (error: unknown) => {
        forget();
        throw error;
      });
      return key;
    },
  };
}

/**
 * Opens the licence key that devices accept: one that the root they go by pins, where it pins any.
 * @throws LICENSING_KEY_UNPINNED from the answer
 */
function checkedKey(
  clock: Clock,
  kept: KeptKey,
  rootOf: () => Promise<Metadata<RootSigned> | undefined>,
): () => Promise<LicenceKey | undefined> {
  let checked: { readonly fromMs: number; readonly isPinned: boolean } | undefined;
  return async () => {
    const key = await kept.get();
    if (key === undefined) return undefined;
    const nowMs = clock.now().getTime();
    if (checked === undefined || Math.abs(nowMs - checked.fromMs) >= checkedMs) {
      checked = { fromMs: nowMs, isPinned: isPinnedBy(await rootOf(), key) };
      // Whoever puts the right key in its place need not start the server again.
      if (!checked.isPinned) kept.forget();
    }
    if (checked.isPinned) return key;
    throw activationError('LICENSING_KEY_UNPINNED', {
      got: key.signers.map((signer) => signer.key.keyId).join(', '),
    });
  };
}

/** True where a root says nothing of licence keys, or accepts what this one signs. */
function isPinnedBy(root: Metadata<RootSigned> | undefined, { profile, signers }: LicenceKey): boolean {
  const pinned = root === undefined ? [] : licenceKeysOf(root).map(({ keyId }) => keyId);
  if (root === undefined || pinned.length === 0) return true;
  return profile === cryptoProfileOf(root) && signers.every(({ key }) => pinned.includes(key.keyId));
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
