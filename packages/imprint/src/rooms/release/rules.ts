import type { BuildRecord, CryptoProfile, PartyPolicy, ReleaseManifest } from '@imprint/protocol';
import type { SignatureSuite } from '@imprint/trust';
import type { CandidateSheet, Check, MissingSignature, Refusal, Rejection } from './model.ts';

const refusal = (code: string, params: Refusal['params'] = {}): Refusal => ({ code, params });

/** The suites a profile demands of every party. */
export function demandedSuites(profile: CryptoProfile): readonly SignatureSuite[] {
  if (profile === 'dual') return ['standard', 'national'];
  return profile === 'national' ? ['national'] : ['standard'];
}

/** Which parties still owe signatures on the statement: distinct keys of the party against its threshold, per suite. */
export function missingStatementSignatures(
  policy: PartyPolicy,
  profile: CryptoProfile,
  verified: ReadonlySet<string>,
): MissingSignature[] {
  return Object.entries(policy.parties).flatMap(([party, { threshold, keyIds, nationalKeyIds }]) =>
    demandedSuites(profile).flatMap((suite): MissingSignature[] => {
      const keys = new Set(suite === 'standard' ? keyIds : (nationalKeyIds ?? []));
      const have = [...keys].filter((keyId) => verified.has(keyId)).length;
      return have >= threshold ? [] : [{ party, suite, what: 'statement', needed: threshold, have }];
    }),
  );
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

/** Every check that failed, and those that could not be made unless their absence is accepted. */
export function checkRefusals(checks: readonly Check[], acceptAbsent: boolean): Refusal[] {
  return checks.flatMap((check) => {
    if (check.state === 'failed') {
      const { id: what, expected = '', got = '' } = check;
      return [refusal('RELEASE_DERIVATION_MISMATCH', { what, expected, got })];
    }
    if (check.state === 'absent' && !acceptAbsent)
      return [refusal('RELEASE_DERIVATION_ABSENT', { what: check.id })];
    return [];
  });
}

/** Why a party's tool will not sign; empty when it will. */
export function approveRefusals(facts: {
  readonly checks: readonly Check[];
  readonly acceptAbsent: boolean;
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
    ...checkRefusals(facts.checks, facts.acceptAbsent),
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
    ...facts.rejections
      .filter((rejection) => rejection.standing)
      .map(({ party, reasons }) => refusal('RELEASE_REJECTED', { party, reasons: reasons.join('; ') })),
    ...facts.missing.map(({ party, suite, what, needed, have }) =>
      refusal('RELEASE_BELOW_THRESHOLD', { party, suite, what, needed, have }),
    ),
    ...checkRefusals(facts.checks, false),
  ];
}

function sequenceRefusals(channel: string, got: number, current: number | undefined): Refusal[] {
  if (current === undefined || got > current) return [];
  return [refusal('RELEASE_SEQUENCE', { channel, current, got })];
}

function expiryRefusals(expiresAt: string, now: Date): Refusal[] {
  return Date.parse(expiresAt) > now.getTime() ? [] : [refusal('RELEASE_EXPIRED', { expiresAt })];
}
