import type { CryptoProfile } from '@imprint/protocol';
import type { Signer } from '@imprint/trust';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/index.ts';
import type { OutboundHost } from '../../platform/http/outbound-hosts.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { MailRelay } from '../../platform/mail.ts';
import type { Tables, Trx } from './tables.ts';

/** The operator's licence key: one signer for each suite that the profile demands. */
export interface LicenceKey {
  readonly profile: CryptoProfile;
  readonly signers: readonly Signer[];
}

/** What the operator's settings allow. */
export interface LicensingPolicy {
  /** Devices that one person may revoke in 24 hours. */
  readonly revokeAlone: number;
  /** New seats that one entitlement gives in an hour. */
  readonly activationsPerHour: number;
  readonly webhookHosts: readonly OutboundHost[];
  /** From which the signing secret of each webhook target is derived. */
  readonly webhookSecret: Uint8Array;
  readonly mail: MailRelay | undefined;
}

/** Everything this room works with. */
export interface LicensingContext {
  readonly database: Database<Tables>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly policy: LicensingPolicy;
  /** The key that signs leases, lists and reports; undefined where this server has none. */
  licenceKey(): Promise<LicenceKey | undefined>;
  /** Path of the agency an enrolled device belongs to; the room that keeps devices answers. */
  agencyOfDevice(trx: Trx, deviceId: string): Promise<string | undefined>;
  /** As `agencyOfDevice`, of many devices in one question; those never enrolled are absent. */
  agenciesOfDevices(trx: Trx, deviceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
