import { type ImprintError, isImprintError, type ReleaseManifest } from '@imprint/protocol';
import {
  parseEnvelope,
  refreshTuf,
  releaseOffers,
  takeNewest,
  type VerifiedRelease as VerifiedManifest,
  verifyRelease,
} from '@imprint/trust';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { type ContentFetch, openContent } from '../http/content.ts';
import { readDeviceFile, readEdition, readSettings } from '../settings.ts';
import type { StateFiles } from '../state/files.ts';
import {
  type EvidenceFile,
  type ReleaseState,
  releaseRecord,
  runningRecord,
  type VerifiedRelease,
} from '../state/records.ts';
import { rememberTime, trustedNow } from './clock.ts';
import { fetchEvidence, forgetEvidence, keepEvidence } from './evidence.ts';
import { tufCache } from './tuf-cache.ts';

const maxEnvelopeBytes = 256 * 1024;

async function fetchEnvelope(fetch: ContentFetch, folder: string, sha256: string) {
  const bytes = await fetch(`${folder}/${sha256}.dsse.json`, maxEnvelopeBytes);
  return bytes === undefined ? undefined : { bytes, envelope: parseEnvelope(bytes) };
}

const withdrawalName = (sha256: string) => `withdrawals/${sha256}`;

/** A withdrawal once seen to be valid stays in force here, whether or not the server still shows it. */
async function fetchWithdrawal(files: StateFiles, fetch: ContentFetch, sha256: string) {
  const kept = files.read(withdrawalName(sha256));
  if (kept !== undefined) return { bytes: kept, envelope: parseEnvelope(kept) };
  return fetchEnvelope(fetch, 'withdrawals', sha256);
}

function keepWithdrawal<T>(
  files: StateFiles,
  sha256: string,
  bytes: Uint8Array | undefined,
  verify: () => T,
): T {
  try {
    return verify();
  } catch (error) {
    if (bytes !== undefined && isImprintError(error, 'TRUST_RELEASE_WITHDRAWN')) {
      files.write(withdrawalName(sha256), bytes);
    }
    throw error;
  }
}

/** The manifest's own words against the channel followed: a signed release in the wrong place is not this device's. */
function refuseMismatch(manifest: ReleaseManifest, edition: string, channel: string): void {
  const [expected, got] = [`${edition} on ${channel}`, `${manifest.edition} on ${manifest.channel}`];
  if (expected !== got) throw agentError('AGENT_RELEASE_MISMATCH', { expected, got });
}

const patchSetFile = ({
  name,
  digests,
  sizeBytes,
}: NonNullable<ReleaseManifest['patchSet']>): EvidenceFile => ({
  kind: 'patch-set',
  name,
  sizeBytes,
  ...digests,
});

function summaryOf({
  manifest,
  sha256,
  signedBy,
  emergency,
}: VerifiedManifest & { readonly sha256: string }): VerifiedRelease {
  const wanted = new Set(['integrity', 'sbom-cyclonedx']);
  return {
    version: manifest.version,
    sequence: manifest.sequence,
    proposedAt: manifest.proposedAt,
    sha256,
    lockSha256: manifest.lockSha256,
    expiresAt: manifest.expiresAt,
    ...(manifest.base.family === 'windows' ? { windowsBuild: manifest.base.build } : {}),
    signedBy: [...signedBy],
    evidence: manifest.evidence
      .filter(({ kind }) => wanted.has(kind))
      .map(({ kind, name, digests, sizeBytes }) => ({ kind, name, sizeBytes, ...digests })),
    ...(manifest.antivirusProviders === undefined ? {} : { antivirusProviders: manifest.antivirusProviders }),
    ...(manifest.antivirusDefinitions === undefined
      ? {}
      : {
          antivirusDefinitions: {
            version: manifest.antivirusDefinitions.version,
            builtAt: manifest.antivirusDefinitions.builtAt,
          },
        }),
    ...(manifest.patchSet === undefined ? {} : { patchSet: patchSetFile(manifest.patchSet) }),
    ...(emergency === undefined ? {} : { emergencyUntil: emergency.until }),
  };
}

interface Verified {
  readonly release: VerifiedRelease;
  readonly evidence: ReadonlyMap<EvidenceFile, Uint8Array>;
  readonly isClockBehind: boolean;
  readonly passedOver?: NonNullable<ReleaseState['passedOver']>;
}

/**
 * Verifies the channel's release in full: metadata against the pinned root, every party's approval, no withdrawal, no
 * step back, and its evidence by digest. Changes nothing but the metadata cache.
 * @throws TRUST_* and AGENT_* codes, each for one reason to refuse
 */
async function verifyChannel(device: Device, known: number | undefined): Promise<Verified> {
  const { server, edition, channel } = readSettings(device);
  const fetch = openContent(server);
  const { now, isBehind } = trustedNow(device);
  const trusted = await refreshTuf({
    trustedRoot: readDeviceFile(device, device.platform.paths.root),
    cache: tufCache(device.files),
    fetch,
    now,
  });
  const offers = await releaseOffers(trusted, { edition, channel }, fetch);
  const { taken, refused } = await takeNewest(offers, async ({ sha256, bytes: releaseBytes }) => {
    const approvals = await fetchEnvelope(fetch, 'approvals', sha256);
    if (approvals === undefined) throw agentError('AGENT_APPROVALS_ABSENT', { sha256 });
    const withdrawal = await fetchWithdrawal(device.files, fetch, sha256);
    const verified = keepWithdrawal(device.files, sha256, withdrawal?.bytes, () =>
      verifyRelease({
        root: trusted.root,
        releaseBytes,
        envelope: approvals.envelope,
        withdrawal: withdrawal?.envelope,
        now,
        knownSequence: known,
      }),
    );
    refuseMismatch(verified.manifest, edition, channel);
    return { ...verified, sha256 };
  });
  const release = summaryOf(taken);
  const evidence = new Map<EvidenceFile, Uint8Array>();
  for (const file of release.evidence) evidence.set(file, await fetchEvidence(device.files, fetch, file));
  const passedOver = refused ?? trusted.emergencyRefused;
  return {
    release,
    evidence,
    isClockBehind: isBehind || taken.isClockBehind,
    ...(passedOver === undefined
      ? {}
      : { passedOver: { code: passedOver.code, reason: passedOver.message } }),
  };
}

function adopt(
  device: Device,
  before: ReleaseState | undefined,
  { release, evidence, isClockBehind, passedOver }: Verified,
): ReleaseState {
  rememberTime(device, device.now());
  if (release.proposedAt !== undefined) rememberTime(device, new Date(release.proposedAt));
  for (const [file, bytes] of evidence) keepEvidence(device.files, file, bytes);
  // Also where the channel went on to another one between an installation and the first look after it.
  const { lockSha256 } = readEdition(device);
  const runs = [release, before?.release].find((one) => one?.lockSha256 === lockSha256);
  if (runs !== undefined) runningRecord.save(device.files, runs);
  const checkedAt = device.now().toISOString();
  const ordinarySequence = release.emergencyUntil === undefined ? release.sequence : before?.ordinarySequence;
  const state: ReleaseState = {
    checkedAt,
    verifiedAt: checkedAt,
    outcome: 'verified',
    ...(isClockBehind ? { isClockBehind } : {}),
    ...(passedOver === undefined ? {} : { passedOver }),
    ...(ordinarySequence === undefined ? {} : { ordinarySequence }),
    release,
  };
  releaseRecord.save(device.files, state);
  const running = runningRecord.load(device.files);
  forgetEvidence(device.files, before?.release, running === undefined ? [release] : [release, running]);
  return state;
}

const isTransient = (error: ImprintError): boolean => error.definition.exit === 4;
/** Failures of this device's own memory or settings are no word on the release. */
const isOwn = (error: ImprintError): boolean =>
  /^AGENT_(STATE|SETTINGS|NOT_PERMITTED|LOCKED)/.test(error.code);

/**
 * The sequence behind which no release is taken: that of the newest verified, or, where that has only the approvals of an emergency
 * and does not run here, that of the newest which had all. So a device that never installed it is not bound by it.
 */
function knownSequence(device: Device, before: ReleaseState | undefined): number | undefined {
  const release = before?.release;
  const isRunning = release?.lockSha256 === readEdition(device).lockSha256;
  return release?.emergencyUntil === undefined || isRunning ? release?.sequence : before?.ordinarySequence;
}

/**
 * Looks at the channel and remembers the outcome. A refused release changes nothing: what verified before stays the
 * newest verified release, and the refusal's code is kept for the report.
 * @throws AGENT_STATE_*, AGENT_SETTINGS_*
 */
export async function refreshRelease(device: Device): Promise<ReleaseState> {
  const before = releaseRecord.load(device.files);
  try {
    return adopt(device, before, await verifyChannel(device, knownSequence(device, before)));
  } catch (error) {
    if (!isImprintError(error) || isOwn(error)) throw error;
    const state: ReleaseState = {
      checkedAt: device.now().toISOString(),
      outcome: isTransient(error) ? 'unreachable' : 'refused',
      code: error.code,
      reason: error.message,
      ...(before?.verifiedAt === undefined ? {} : { verifiedAt: before.verifiedAt }),
      ...(before?.ordinarySequence === undefined ? {} : { ordinarySequence: before.ordinarySequence }),
      ...(before?.release === undefined ? {} : { release: before.release }),
    };
    releaseRecord.save(device.files, state);
    return state;
  }
}
