import { isImprintError, usageReportType } from '@imprint/protocol';
import {
  cryptoProfileOf,
  type Envelope,
  envelopePayload,
  licenceKeysOf,
  type Metadata,
  parseEnvelope,
  type RootSigned,
  suiteOf,
  verifiedKeyIds,
} from '@imprint/trust';
import { cliError } from './errors.ts';

/** Largest report read: as large as an envelope may be. */
export const maximumReportBytes = 1 << 20;

export interface CheckedReport {
  readonly keyIds: readonly string[];
  readonly payload: Uint8Array;
  readonly report: unknown;
}

/**
 * Checks that a usage report is signed by licence keys that a root pins, one of each suite of the root's profile.
 * @throws CLI_REPORT_REFUSED
 */
export function checkUsageReport(
  bytes: Uint8Array,
  root: Metadata<RootSigned>,
  names: { readonly file: string; readonly root: string },
): CheckedReport {
  const envelope = envelopeOf(bytes);
  const keys = licenceKeysOf(root);
  const verified =
    envelope === undefined ? [] : keys.filter(({ keyId }) => verifiedKeyIds(envelope, keys).has(keyId));
  const suites = new Set(verified.map(({ scheme }) => suiteOf(scheme)));
  const profile = cryptoProfileOf(root);
  const isSigned =
    (profile === 'national' || suites.has('standard')) && (profile === 'intl' || suites.has('national'));
  if (envelope === undefined || !isSigned) throw cliError('CLI_REPORT_REFUSED', names);
  const payload = envelopePayload(envelope);
  const report: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
  return { keyIds: verified.map(({ keyId }) => keyId), payload, report };
}

function envelopeOf(bytes: Uint8Array): Envelope | undefined {
  try {
    const envelope = parseEnvelope(bytes);
    return envelope.payloadType === usageReportType ? envelope : undefined;
  } catch (error) {
    if (isImprintError(error, 'TRUST_ENVELOPE_MALFORMED')) return undefined;
    throw error;
  }
}

/** A report for people: its figures, as they are named in it. */
export function usageLines(payload: Uint8Array): string[] {
  return JSON.stringify(JSON.parse(Buffer.from(payload).toString('utf8')), undefined, 2).split('\n');
}
