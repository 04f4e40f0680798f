import type { BuildRecord, CryptoProfile, ReleaseManifest } from '@imprint/protocol';
import type { SignatureSuite } from '@imprint/trust';
import {
  type CandidateSheet,
  type Check,
  type MissingSignature,
  packagesCheck,
  type Refusal,
  type Rejection,
} from './model.ts';

const refusal = (code: string, params: Refusal['params'] = {}): Refusal => ({ code, params });

/** The suites a profile demands of every party. */
export function demandedSuites(profile: CryptoProfile): readonly SignatureSuite[] {
  if (profile === 'dual') return ['standard', 'national'];
  return profile === 'national' ? ['national'] : ['standard'];
}

/** Why a build may not become a candidate; empty when it may. */
export function proposeRefusals(facts: {
  readonly record: BuildRecord;
  readonly lockSha256: string;
  readonly channel: string;
  readonly sequence: number;
  readonly currentSequence: number | undefined;
  readonly expiresAt: string;
  readonly now: Date;
}): Refusal[] {
  const { record, lockSha256 } = facts;
  const { missing, violations } = record.counts;
  return [
    ...(record.profile === 'preview' ? [refusal('RELEASE_BUILD_PREVIEW')] : []),
    ...(missing + violations > 0 ? [refusal('RELEASE_BUILD_VIOLATION', { missing, violations })] : []),
    ...(record.lockSha256 === lockSha256
      ? []
      : [refusal('RELEASE_LOCK_MISMATCH', { expected: record.lockSha256, got: lockSha256 })]),
    ...sequenceRefusals(facts.channel, facts.sequence, facts.currentSequence),
    ...expiryRefusals(facts.expiresAt, facts.now),
  ];
}

/** What a signer may accept as absent. */
const isArtifact = (id: string) => /^(artifacts|patch-set)\//.test(id);
/** Upstream's packages need not be where a release is published: whoever signed has looked at them, or accepted not to. */
const isLeftToSigners = (id: string) => id === packagesCheck;
const nothing = () => false;

/** Every check that failed, or could not be made and may not be absent. */
function checkRefusals(checks: readonly Check[], mayBeAbsent: (id: string) => boolean): Refusal[] {
  return checks.flatMap((check) => {
    if (check.state === 'failed') {
      const { id: what, expected = '', got = '' } = check;
      return [refusal('RELEASE_DERIVATION_MISMATCH', { what, expected, got })];
    }
    if (check.state === 'absent' && !mayBeAbsent(check.id))
      return [refusal('RELEASE_DERIVATION_ABSENT', { what: check.id })];
    return [];
  });
}

/** Why a party's tool will not sign; empty when it will. */
export function approveRefusals(facts: {
  readonly checks: readonly Check[];
  readonly withoutArtifacts: boolean;
  readonly sha256: string;
  /** The digest the signer has looked at. */
  readonly expectedSha256: string;
  readonly manifest: ReleaseManifest;
  readonly currentSequence: number | undefined;
  readonly now: Date;
}): Refusal[] {
  const { sha256, expectedSha256, manifest } = facts;
  return [
    ...(sha256 === expectedSha256
      ? []
      : [refusal('RELEASE_CANDIDATE_CHANGED', { expected: expectedSha256, got: sha256 })]),
    ...checkRefusals(facts.checks, facts.withoutArtifacts ? isArtifact : nothing),
    ...sequenceRefusals(manifest.channel, manifest.sequence, facts.currentSequence),
    ...expiryRefusals(manifest.expiresAt, facts.now),
  ];
}

/** Why a candidate may not be published; empty when it may. */
export function publishRefusals(facts: {
  readonly manifest: ReleaseManifest;
  readonly sheet: Pick<CandidateSheet, 'rootSha256' | 'baseVersion'>;
  readonly rootSha256: string;
  readonly baseVersion: number;
  readonly currentSequence: number | undefined;
  readonly missing: readonly MissingSignature[];
  readonly rejections: readonly Rejection[];
  readonly checks: readonly Check[];
  readonly now: Date;
}): Refusal[] {
  const { manifest, sheet, rootSha256, baseVersion } = facts;
  return [
    ...(sheet.rootSha256 === rootSha256
      ? []
      : [refusal('RELEASE_ROOT_MISMATCH', { expected: rootSha256, got: sheet.rootSha256 })]),
    ...(sheet.baseVersion === baseVersion
      ? []
      : [refusal('RELEASE_BASE_MOVED', { current: baseVersion, got: sheet.baseVersion })]),
    ...sequenceRefusals(manifest.channel, manifest.sequence, facts.currentSequence),
    ...expiryRefusals(manifest.expiresAt, facts.now),
    ...standingRefusals(facts),
    ...checkRefusals(facts.checks, isLeftToSigners),
  ];
}

/** Why a release of the emergency lane may not be completed; empty when it may. */
export function completeRefusals(facts: {
  readonly manifest: ReleaseManifest;
  readonly missing: readonly MissingSignature[];
  readonly rejections: readonly Rejection[];
  readonly checks: readonly Check[];
  readonly now: Date;
}): Refusal[] {
  return [
    ...expiryRefusals(facts.manifest.expiresAt, facts.now),
    ...standingRefusals(facts),
    ...checkRefusals(facts.checks, isLeftToSigners),
  ];
}

function standingRefusals(facts: {
  readonly missing: readonly MissingSignature[];
  readonly rejections: readonly Rejection[];
}): Refusal[] {
  return [
    ...facts.rejections
      .filter((rejection) => rejection.standing)
      .map(({ party, reasons }) => refusal('RELEASE_REJECTED', { party, reasons: reasons.join('; ') })),
    ...facts.missing.map(({ party, suite, what, needed, have }) =>
      refusal('RELEASE_BELOW_THRESHOLD', { party, suite, what, needed, have }),
    ),
  ];
}

function sequenceRefusals(channel: string, got: number, current: number | undefined): Refusal[] {
  if (current === undefined || got > current) return [];
  return [refusal('RELEASE_SEQUENCE', { channel, current, got })];
}

function expiryRefusals(expiresAt: string, now: Date): Refusal[] {
  return Date.parse(expiresAt) > now.getTime() ? [] : [refusal('RELEASE_EXPIRED', { expiresAt })];
}

/** How long each metadata file is valid, days; the online ones are renewed by the server well before. */
export const lifetimes = {
  rootDays: 1825,
  targetsDays: 730,
  releaseDays: 180,
  snapshotDays: 14,
  timestampDays: 2,
} as const;

/** Which online metadata is due for renewal: once less than half of its lifetime is left. */
export function onlineDue(
  expires: { readonly timestamp: string; readonly snapshot: string },
  now: Date,
): { readonly timestamp: boolean; readonly snapshot: boolean } {
  const due = (instant: string, days: number) =>
    Date.parse(instant) - now.getTime() < (days * 86_400_000) / 2;
  const snapshot = due(expires.snapshot, lifetimes.snapshotDays);
  return { snapshot, timestamp: snapshot || due(expires.timestamp, lifetimes.timestampDays) };
}
