import type { AntivirusDirective, AntivirusProvider, DeviceReport } from '@imprint/protocol';
import { stateRecord } from './json.ts';

/** Where and when this device was enrolled. */
export interface Enrolment {
  readonly deviceId: string;
  /** The address enrolled at, where it is not the edition's own. */
  readonly server?: string;
  readonly enrolledAt: string;
  readonly checkInSeconds: number;
}
export const enrolmentRecord = stateRecord<Enrolment>(
  'enrolment.json',
  'an enrolment',
  (value) => typeof value.deviceId === 'string' && typeof value.checkInSeconds === 'number',
);

/** One release that verified here in full; digests lead to its evidence. */
export interface VerifiedRelease {
  readonly version: string;
  readonly sequence: number;
  /** When it was proposed, as every party signed it; absent in what an older agent remembered. */
  readonly proposedAt?: string;
  readonly sha256: string;
  readonly lockSha256: string;
  readonly expiresAt: string;
  /** Windows: the vendor's build it was pressed from, for instance `10.0.19045.3803`. */
  readonly windowsBuild?: string;
  readonly signedBy: readonly string[];
  readonly evidence: readonly EvidenceFile[];
  readonly antivirusDefinitions?: { readonly version: string; readonly builtAt: string };
  /** Who may protect this device; absent: the one in the image alone. */
  readonly antivirusProviders?: readonly AntivirusProvider[];
  /** What brings earlier releases to this one in place. */
  readonly patchSet?: EvidenceFile;
  /** Until when it may be installed by its emergency approval alone. */
  readonly emergencyUntil?: string;
}
export interface EvidenceFile {
  readonly kind: string;
  readonly name: string;
  readonly sha256: string;
  readonly sm3?: string;
  readonly sizeBytes: number;
}

/** The outcome of the last look at the channel; `release` is the newest that ever verified. */
export interface ReleaseState {
  readonly checkedAt: string;
  readonly outcome: 'verified' | 'refused' | 'unreachable';
  /** When `release` last verified against fresh metadata. */
  readonly verifiedAt?: string;
  /** The clock stood far behind what is known to have passed: whether anything has expired since cannot be told. */
  readonly isClockBehind?: boolean;
  readonly code?: string;
  readonly reason?: string;
  /** Why a newer release of the channel, offered in an emergency, was not taken. */
  readonly passedOver?: { readonly code: string; readonly reason: string };
  /** Of the newest release that verified with the approval of every party, where `release` may have fewer. */
  readonly ordinarySequence?: number;
  readonly release?: VerifiedRelease;
}
const hasRelease = (value: unknown) =>
  value === undefined ||
  (typeof value === 'object' &&
    value !== null &&
    'sequence' in value &&
    Number.isSafeInteger(value.sequence));
export const releaseRecord = stateRecord<ReleaseState>(
  'release.json',
  'the last release state',
  (value) => typeof value.outcome === 'string' && hasRelease(value.release),
);

/** The verified release that is this image, whatever the channel has moved on to. */
export const runningRecord = stateRecord<VerifiedRelease>(
  'running-release.json',
  'the release that runs here',
  (value) => typeof value.lockSha256 === 'string' && Array.isArray(value.evidence),
);

/** The latest instant at which fresh metadata verified: time does not go back behind it. */
export const clockRecord = stateRecord<{ highestSeen: string }>(
  'clock.json',
  'the highest time seen',
  (value) => Number.isFinite(Date.parse(String(value.highestSeen))),
);

/** The counter of the last message signed, or about to be. */
export const counterRecord = stateRecord<{ counter: number }>('counter.json', 'a counter', (value) =>
  Number.isSafeInteger(value.counter),
);

/** Consecutive failed cycles, and what the server last directed. */
export interface Schedule {
  readonly failures: number;
  readonly checkInSeconds?: number;
  readonly lastCheckInAt?: string;
  /** Where no process waits: when the next cycle is due, and when that was decided. */
  readonly dueAt?: string;
  readonly decidedAt?: string;
}
export const scheduleRecord = stateRecord<Schedule>('schedule.json', 'a schedule', (value) =>
  Number.isSafeInteger(value.failures),
);

/** What the last full verification found. */
export interface IntegrityState {
  readonly manifestSha256: string;
  readonly verifiedAt: string;
  readonly seconds: number;
  readonly checked: number;
  readonly skipped: number;
  readonly differingCount: number;
  /** The first hundred, each as `path (what differs)`. */
  readonly differing: readonly string[];
}
export const integrityRecord = stateRecord<IntegrityState>(
  'integrity.json',
  'the last verification',
  (value) => typeof value.manifestSha256 === 'string' && Array.isArray(value.differing),
);

/** The report as it was last sent and received. */
export interface SentReport {
  readonly sentAt: string;
  readonly counter: number;
  readonly report: DeviceReport;
}
export const reportRecord = stateRecord<SentReport>(
  'last-report.json',
  'the last report',
  (value) => typeof value.sentAt === 'string',
);

/** The antivirus directive of the last check-in, as the server gave it. */
export const antivirusDirectiveRecord = stateRecord<AntivirusDirective>(
  'antivirus.json',
  'an antivirus directive',
  (value) => typeof value.provider === 'string' && typeof value.definitionsRing === 'string',
);

/** Since when the server asks for the inventory; gone once it does not. */
export const inventoryWishRecord = stateRecord<{ wantedAt: string }>(
  'inventory-wanted.json',
  'when the inventory was asked for',
  (value) => typeof value.wantedAt === 'string',
);
