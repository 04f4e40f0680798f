import {
  type CryptoProfile,
  type ReleaseManifest,
  releaseStatementType,
  withdrawalStatementType,
} from '@imprint/protocol';
import { digestsOf } from '../digests.ts';
import type { Envelope } from '../dsse/envelope.ts';
import type { SignatureSuite } from '../keys/types.ts';
import { type EmergencyTerms, emergencyTermsOf } from '../tuf/emergency.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { cryptoProfileOf } from '../tuf/root-policy.ts';
import { type PartyStanding, partyStandings } from './approvals.ts';
import { releaseError } from './errors.ts';
import { parseReleaseManifest } from './manifest.ts';
import { type ReleaseStatement, readStatement } from './statement.ts';

export interface VerifyReleaseOptions {
  /** A root already trusted. */
  readonly root: Metadata<RootSigned>;
  /** `release.json` as it is. */
  readonly releaseBytes: Uint8Array;
  readonly envelope: Envelope;
  /** The withdrawal beside it, if there is one. */
  readonly withdrawal?: Envelope | undefined;
  readonly now: Date;
  /** The highest sequence this channel had before. */
  readonly knownSequence?: number | undefined;
}

export interface VerifiedRelease {
  readonly manifest: ReleaseManifest;
  /** Names of the parties that met their own threshold in every suite of the profile: all, but in an emergency. */
  readonly signedBy: string[];
  /** Present while the release holds by its emergency approval alone. */
  readonly emergency?: EmergencyApproval;
  /** The clock stands more than a day before the proposal: what has expired since cannot be told. */
  readonly isClockBehind: boolean;
}

/** An approval by the fewer signatures that the root allows in an emergency. */
export interface EmergencyApproval {
  /** From here on the release is refused unless every party has approved it. */
  readonly until: string;
  /** Parties that have yet to approve. */
  readonly missing: readonly string[];
}

/** How far a clock may be behind the time of proposal: time zones, and a day's drift. */
const clockToleranceMs = 24 * 3600 * 1000;

const isBehind = ({ proposedAt }: ReleaseManifest, now: Date): boolean =>
  Date.parse(proposedAt) > now.getTime() + clockToleranceMs;

function requireSuite(standings: readonly PartyStanding[], suite: SignatureSuite): void {
  const missing = standings.filter(({ suites }) =>
    suites.some((standing) => standing.suite === suite && standing.have < standing.needed),
  );
  if (missing.length === 0) return;
  const code = suite === 'national' ? 'TRUST_APPROVAL_NATIONAL_MISSING' : 'TRUST_APPROVAL_MISSING';
  throw releaseError(code, { missing: missing.map(({ party }) => party).join(', ') });
}

/** The digests a statement must name: SM3 too wherever the profile knows it. */
function isAbout(statement: ReleaseStatement, releaseBytes: Uint8Array, profile: CryptoProfile): boolean {
  const { sha256, sm3 } = digestsOf(releaseBytes);
  const [{ digest }] = statement.subject;
  return digest.sha256 === sha256 && (digest.sm3 === sm3 || (profile === 'intl' && digest.sm3 === undefined));
}

function requireSubject({ envelope, releaseBytes, root }: VerifyReleaseOptions): ReleaseStatement {
  const statement = readStatement(envelope, releaseStatementType);
  if (statement === undefined)
    throw releaseError('TRUST_APPROVAL_SUBJECT', { got: 'a statement of another type' });
  if (!isAbout(statement, releaseBytes, cryptoProfileOf(root)))
    throw releaseError('TRUST_APPROVAL_SUBJECT', { got: 'another digest' });
  return statement;
}

function requireAgreement({ predicate }: ReleaseStatement, manifest: ReleaseManifest): void {
  for (const field of ['edition', 'version', 'channel', 'sequence', 'expiresAt'] as const) {
    if (predicate[field] !== manifest[field])
      throw releaseError('TRUST_APPROVAL_SUBJECT', { got: `${field} ${String(predicate[field])}` });
  }
}

/** A release is never judged at a time before its own proposal: that instant is signed, and so has passed. */
function requireTime({ proposedAt, expiresAt }: ReleaseManifest, now: Date): void {
  const judgedAt = new Date(Math.max(now.getTime(), Date.parse(proposedAt)));
  if (Date.parse(expiresAt) <= judgedAt.getTime())
    throw releaseError('TRUST_RELEASE_EXPIRED', { now: judgedAt.toISOString(), expiresAt });
}

/** What is left of the parties' ordinary thresholds. */
function refuseMissing(standings: readonly PartyStanding[]): void {
  requireSuite(standings, 'standard');
  requireSuite(standings, 'national');
}

/** The emergency terms that an envelope meets although it lacks ordinary approvals; refuses as ordinarily where it meets none. */
function emergencyTermsMet(
  { root, envelope }: VerifyReleaseOptions,
  standings: readonly PartyStanding[],
): EmergencyTerms | undefined {
  if (standings.every(({ complete }) => complete)) return undefined;
  const terms = emergencyTermsOf(root);
  const isMet =
    terms !== undefined && partyStandings(root, envelope, terms.thresholds).every(({ complete }) => complete);
  if (!isMet) refuseMissing(standings);
  return terms;
}

/** When the emergency approval of a release ends. */
export function emergencyEnd({ proposedAt }: Pick<ReleaseManifest, 'proposedAt'>, withinHours: number): Date {
  return new Date(Date.parse(proposedAt) + withinHours * 3_600_000);
}

/** Holds a release to its emergency terms: it says so itself, and the time they give is not over. */
function requireEmergency(
  manifest: ReleaseManifest,
  { withinHours }: EmergencyTerms,
  standings: readonly PartyStanding[],
  now: Date,
): EmergencyApproval {
  if (manifest.emergency === undefined) refuseMissing(standings);
  const { version } = manifest;
  const proposedAt = Date.parse(manifest.proposedAt);
  // A proposal dated ahead would lengthen the time it is given: here the clock has to be right.
  if (isBehind(manifest, now)) {
    const params = { version, proposedAt: manifest.proposedAt, now: now.toISOString() };
    throw releaseError('TRUST_EMERGENCY_CLOCK', params);
  }
  const until = emergencyEnd(manifest, withinHours);
  const missing = standings.filter(({ complete }) => !complete).map(({ party }) => party);
  if (until.getTime() <= Math.max(now.getTime(), proposedAt)) {
    const params = { version, until: until.toISOString(), missing: missing.join(', ') };
    throw releaseError('TRUST_EMERGENCY_OVER', params);
  }
  return { until: until.toISOString(), missing };
}

/** Refuses when any one party withdrew this very release; a withdrawal nobody validly signed says nothing. */
function refuseWithdrawn(options: VerifyReleaseOptions, version: string): void {
  const { root, releaseBytes, withdrawal } = options;
  if (withdrawal === undefined) return;
  const by = partyStandings(root, withdrawal).find(({ complete }) => complete);
  const statement = by && readStatement(withdrawal, withdrawalStatementType);
  if (statement === undefined || !isAbout(statement, releaseBytes, cryptoProfileOf(root))) return;
  throw releaseError('TRUST_RELEASE_WITHDRAWN', { version, party: by?.party ?? '' });
}

/**
 * Verifies that a release is approved, and that it is the one to run now.
 *
 * Nothing of the release or its statement is read before the signatures hold: all, or the fewer that the root allows for a release
 * that then has to call itself an emergency and be in time.
 * @throws TRUST_APPROVAL_MISSING, TRUST_APPROVAL_NATIONAL_MISSING (param `missing`: party names)
 * @throws TRUST_APPROVAL_SUBJECT, TRUST_RELEASE_MALFORMED, TRUST_RELEASE_EXPIRED,
 * TRUST_EMERGENCY_OVER, TRUST_EMERGENCY_CLOCK, TRUST_RELEASE_ROLLBACK, TRUST_RELEASE_WITHDRAWN, TRUST_POLICY_MISSING, TRUST_ENVELOPE_MALFORMED
 */
export function verifyRelease(options: VerifyReleaseOptions): VerifiedRelease {
  const { root, releaseBytes, envelope, now, knownSequence } = options;
  const standings = partyStandings(root, envelope);
  const terms = emergencyTermsMet(options, standings);
  const statement = requireSubject(options);
  const manifest = parseReleaseManifest(releaseBytes);
  requireAgreement(statement, manifest);
  refuseWithdrawn(options, manifest.version);
  requireTime(manifest, now);
  const emergency = terms && requireEmergency(manifest, terms, standings, now);
  if (knownSequence !== undefined && manifest.sequence < knownSequence)
    throw releaseError('TRUST_RELEASE_ROLLBACK', { known: knownSequence, got: manifest.sequence });
  const signedBy = standings.filter(({ complete }) => complete).map(({ party }) => party);
  return {
    manifest,
    signedBy,
    isClockBehind: isBehind(manifest, now),
    ...(emergency === undefined ? {} : { emergency }),
  };
}
