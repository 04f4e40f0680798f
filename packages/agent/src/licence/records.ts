import { isImprintError, type LicenceToken } from '@imprint/protocol';
import type { ClockRecord, TypedLeaseKnown } from '@imprint/trust';
import type { StateFiles } from '../state/files.ts';
import { type StateRecord, stateRecord } from '../state/json.ts';

/** The lease held, as it was signed: verified each time it is read. One typed in by hand is read with what it leaves out. */
export type KeptLease = LicenceToken | ({ readonly typed: string } & Omit<TypedLeaseKnown, 'deviceId'>);
const typedTexts = ['typed', 'nonce', 'edition', 'deviceClass'] as const;
export const leaseRecord = stateRecord<KeptLease>(
  'licence/lease.json',
  'a lease',
  (value) => typeof value.token === 'string' || typedTexts.every((name) => typeof value[name] === 'string'),
);

/** The one open request: its nonce stays the same, online and offline, until a lease answers it. */
export interface OpenRequest {
  readonly nonce: string;
  readonly deviceId: string;
  /** A person said that the hardware was changed. */
  readonly rebind?: true;
}
export const requestRecord = stateRecord<OpenRequest>(
  'licence/request.json',
  'an open lease request',
  (value) =>
    typeof value.nonce === 'string' &&
    /^[A-Za-z0-9_-]{22}$/.test(value.nonce) &&
    typeof value.deviceId === 'string',
);

/** What became of the last attempts; means nothing once this device has another key or a later lease. */
export interface Attempts {
  readonly deviceId: string;
  readonly generation: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly nextAt: string;
  /** The code of the last refusal; a server that was not reached refused nothing. */
  readonly code?: string;
  /** The server's own words for it. */
  readonly title?: string;
}
export const attemptsRecord = stateRecord<Attempts>(
  'licence/attempts.json',
  'the last attempts for a lease',
  (value) =>
    Number.isSafeInteger(value.failures) &&
    Number.isSafeInteger(value.generation) &&
    typeof value.deviceId === 'string' &&
    Number.isFinite(Date.parse(String(value.nextAt))),
);

const clockNumbers = ['licenceMs', 'signedMs', 'jumpMs', 'wallMs', 'uptimeMs'] as const;
export const licenceClockRecord = stateRecord<ClockRecord>(
  'licence/clock.json',
  'the licence clock',
  (value) => clockNumbers.every((name) => Number.isFinite(value[name])) && typeof value.bootId === 'string',
);

/** The newest revocation list, as it was signed. */
export const revocationsRecord = stateRecord<LicenceToken>(
  'licence/revocations.json',
  'a revocation list',
  (value) => typeof value.token === 'string',
);

/** Reads a record of the licence; a damaged one counts as lost: the server gives it anew, and nothing else waits for it. */
export function kept<T>(record: StateRecord<T>, files: StateFiles): T | undefined {
  try {
    return record.load(files);
  } catch (error) {
    if (isImprintError(error, 'AGENT_STATE_CORRUPT')) return undefined;
    throw error;
  }
}
