import { performance } from 'node:perf_hooks';
import { isFromInstaller } from '../antivirus/installed-files.ts';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { openContent } from '../http/content.ts';
import { fetchEvidence, keepEvidence } from '../release/evidence.ts';
import { readEdition, readSettings } from '../settings.ts';
import { type EvidenceFile, integrityRecord, runningRecord, type VerifiedRelease } from '../state/records.ts';
import { readIntegrityManifest } from './manifest.ts';
import { type Finding, type ScanOptions, type ScanResult, scanRoot } from './scan.ts';
import { scanWimRoot } from './scan-wim.ts';

const reportedFindings = 100;

/** A finding in one line: the path, then what differs. */
export const findingLine = ({ path, differences }: Finding): string => `${path} (${differences.join(', ')})`;

/** The verified release this image was pressed from. @throws AGENT_NO_MANIFEST */
export function runningRelease(device: Device): VerifiedRelease {
  const { lockSha256, version } = readEdition(device);
  const running = runningRecord.load(device.files);
  if (running === undefined || running.lockSha256 !== lockSha256)
    throw agentError('AGENT_NO_MANIFEST', { version });
  return running;
}

/** The integrity manifest's file record in a release. */
export const integrityFile = (release: VerifiedRelease): EvidenceFile | undefined =>
  release.evidence.find(({ kind }) => kind === 'integrity');

/** What an approved antivirus installer brought is no stranger, as long as it is as it came. */
function withoutInstaller(device: Device, result: ScanResult): ScanResult {
  const isKnown = isFromInstaller(device);
  const isStranger = ({ path, differences }: Finding) => !(differences.join() === 'extra' && isKnown(path));
  return { ...result, findings: result.findings.filter(isStranger) };
}

export interface Verification extends ScanResult {
  readonly seconds: number;
  readonly release: VerifiedRelease;
  readonly verifiedAt: string;
}

/**
 * Re-checks this device against the signed integrity manifest of the release that runs here and remembers the outcome.
 * @throws AGENT_NO_MANIFEST, AGENT_EVIDENCE_MISSING, AGENT_EVIDENCE_DIGEST, AGENT_EVIDENCE_MALFORMED
 */
export async function verifyIntegrity(
  device: Device,
  onProgress?: ScanOptions['onProgress'],
): Promise<Verification> {
  const release = runningRelease(device);
  const file = integrityFile(release);
  if (file === undefined) throw agentError('AGENT_EVIDENCE_MISSING', { name: 'integrity' });
  const bytes = await fetchEvidence(device.files, openContent(readSettings(device).server), file);
  const manifest = readIntegrityManifest(file.name, bytes, release);
  keepEvidence(device.files, file, bytes);
  const started = performance.now();
  const options = { root: device.root, ...(onProgress === undefined ? {} : { onProgress }) };
  const result =
    manifest.schema === 'imprint/integrity/v1'
      ? withoutInstaller(device, scanRoot(manifest.entries, options))
      : scanWimRoot(manifest.entries, options);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const verifiedAt = device.now().toISOString();
  integrityRecord.save(device.files, {
    manifestSha256: file.sha256,
    verifiedAt,
    seconds,
    checked: result.checked,
    skipped: result.skipped,
    differingCount: result.findings.length,
    differing: result.findings.slice(0, reportedFindings).map(findingLine),
  });
  return { ...result, seconds, release, verifiedAt };
}
