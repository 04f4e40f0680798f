import { type Sector, usageReportType } from '@imprint/protocol';
import { type Envelope, envelopePayload, verifiedKeyIds } from '../dsse/envelope.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { suiteOf } from '../keys/types.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { cryptoProfileOf, licenceKeysOf, suitesOfProfile } from '../tuf/root-policy.ts';
import { licenceError } from './errors.ts';

/** Devices that hold a seat, by what their lease is worth at the report's time. */
export interface LeaseCounts {
  readonly current: number;
  readonly grace: number;
  /** Lease and grace are over and the seat has not been given back yet. */
  readonly lapsed: number;
  /** Transferred to a device that has not asked for its lease yet. */
  readonly waiting: number;
}

/** One agency's node of an entitlement's seat tree. */
export interface UsageNode {
  readonly agencyId: string;
  /** Absent at the root of the tree and at the top of what is reported. */
  readonly parentAgencyId?: string;
  readonly floor: number;
  readonly ceiling: number;
  /** Seats taken here and below, or reserved below. */
  readonly taken: number;
  /** Seats of devices that hang on this very node: the sum of `leases`. */
  readonly own: number;
  readonly leases: LeaseCounts;
  /** Of `own`, those beyond the seats agreed. */
  readonly overage: number;
  /** Devices of this node whose seat was revoked in the period. */
  readonly revoked: number;
  /** Of the device of this node that was renewed longest ago; absent without devices. */
  readonly oldestRenewalSeconds?: number;
}

export interface EntitlementUsage {
  readonly entitlementId: string;
  readonly agreementId: string;
  readonly sector: Sector;
  readonly edition: string;
  readonly deviceClass: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly endedAt?: string;
  readonly nodes: readonly UsageNode[];
}

/** Sums over a sector's entitlements, of the nodes at the top of what is reported. */
export interface SectorUsage {
  readonly sector: Sector;
  readonly seats: number;
  readonly taken: number;
  readonly leases: LeaseCounts;
  readonly overage: number;
  readonly revoked: number;
}

/** What was licensed and what was used: figures and ids of agencies; no device and no person is named. */
export interface UsageReport {
  readonly iss: 'imprint';
  readonly asOf: string;
  /** The agency that is reported, with all below it. */
  readonly agencyId: string;
  readonly period: { readonly from: string; readonly to: string };
  /** The end of the hash-chained log when the figures were read. */
  readonly log: { readonly seq: number; readonly hash: string };
  readonly entitlements: readonly EntitlementUsage[];
  readonly sectors: readonly SectorUsage[];
}

/**
 * Verifies a usage report offline against the licence keys that a trusted root pins: a signature of each suite of the root's
 * profile has to be there, and the payload has to be canonical JSON.
 *
 * @throws TRUST_REPORT_MALFORMED, TRUST_REPORT_SIGNATURE, TRUST_LICENCE_KEY_UNPINNED, TRUST_ENVELOPE_MALFORMED
 */
export function verifyUsageReport(envelope: Envelope, root: Metadata<RootSigned>): UsageReport {
  const refuse = (got: string) => licenceError('TRUST_REPORT_MALFORMED', { got });
  if (envelope.payloadType !== usageReportType) throw refuse('an envelope of another type');
  const keys = licenceKeysOf(root);
  if (keys.length === 0) throw licenceError('TRUST_LICENCE_KEY_UNPINNED', { got: 'a root that pins none' });
  const verified = verifiedKeyIds(envelope, keys);
  for (const suite of suitesOfProfile(cryptoProfileOf(root))) {
    const isSigned = keys.some(({ keyId, scheme }) => suiteOf(scheme) === suite && verified.has(keyId));
    if (!isSigned) throw licenceError('TRUST_REPORT_SIGNATURE', { suite });
  }
  const report = readReport(envelopePayload(envelope));
  if (report === undefined) throw refuse('a payload of another shape');
  return report;
}

function readReport(payload: Uint8Array): UsageReport | undefined {
  try {
    const value = JSON.parse(Buffer.from(payload).toString('utf8')) as Partial<UsageReport> | null;
    const isReport =
      value?.iss === 'imprint' &&
      typeof value.asOf === 'string' &&
      typeof value.agencyId === 'string' &&
      typeof value.period?.from === 'string' &&
      Number.isSafeInteger(value.log?.seq) &&
      Array.isArray(value.entitlements) &&
      Array.isArray(value.sectors);
    return isReport && Buffer.compare(canonicalJson(value), payload) === 0
      ? (value as UsageReport)
      : undefined;
  } catch {
    return undefined;
  }
}
