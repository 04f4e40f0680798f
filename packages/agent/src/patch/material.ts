import type { IntegrityManifest, PatchSet } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import type { ContentFetch } from '../http/content.ts';
import { sbomFile, sbomPackages } from '../observe/patch.ts';
import { cachedEvidence, fetchEvidence, keepEvidence, parseEvidence } from '../release/evidence.ts';
import { readEdition } from '../settings.ts';
import { type EvidenceFile, runningRecord, type VerifiedRelease } from '../state/records.ts';
import { readIntegrityManifest } from '../verify/manifest.ts';
import { integrityFile } from '../verify/verify.ts';
import type { ReleasePackages } from './packages.ts';
import type { Manifests } from './reconcile-plan.ts';
import { readPatchSet } from './set.ts';

/** All that the approved release says of how a device comes to it; every byte by a digest that was signed. */
export interface Material {
  readonly release: VerifiedRelease;
  readonly set: PatchSet;
  readonly packages: ReleasePackages;
  readonly runningPackages: ReleasePackages | undefined;
  readonly manifests: Manifests;
}

async function evidence(device: Device, fetch: ContentFetch, file: EvidenceFile | undefined, name: string) {
  if (file === undefined) throw agentError('AGENT_EVIDENCE_MISSING', { name });
  const bytes = await fetchEvidence(device.files, fetch, file);
  keepEvidence(device.files, file, bytes);
  return { file, bytes };
}

function debianManifest(file: EvidenceFile, bytes: Buffer, release: VerifiedRelease): IntegrityManifest {
  const manifest = readIntegrityManifest(file.name, bytes, release);
  if (manifest.schema === 'imprint/integrity/v1') return manifest;
  throw agentError('AGENT_EVIDENCE_MALFORMED', {
    name: file.name,
    expected: 'the schema imprint/integrity/v1',
  });
}

/** What is still here of the release that runs; only what is whole and right counts. */
function runningEvidence(device: Device) {
  const running = runningRecord.load(device.files);
  if (running === undefined || running.lockSha256 !== readEdition(device).lockSha256) return {};
  const read = (file: EvidenceFile | undefined) => {
    const bytes = file === undefined ? undefined : cachedEvidence(device.files, file);
    return file === undefined || bytes === undefined ? undefined : { file, bytes };
  };
  const [integrity, sbom] = [read(integrityFile(running)), read(sbomFile(running.evidence))];
  return {
    ...(integrity === undefined
      ? {}
      : { entries: debianManifest(integrity.file, integrity.bytes, running).entries }),
    ...(sbom === undefined ? {} : { packages: sbomPackages(parseEvidence(sbom.file.name, sbom.bytes)) }),
  };
}

/**
 * Gathers what the release says, from the state or the server. While the release that ran before is not at hand, nothing is removed.
 * @throws AGENT_PATCH_SET_ABSENT, AGENT_PATCH_NOT_FROM, AGENT_EVIDENCE_*
 */
export async function gatherMaterial(
  device: Device,
  fetch: ContentFetch,
  release: VerifiedRelease,
): Promise<Material> {
  const { version, lockSha256 } = readEdition(device);
  if (release.patchSet === undefined)
    throw agentError('AGENT_PATCH_SET_ABSENT', { version: release.version, from: version });
  const found = await evidence(device, fetch, release.patchSet, 'patch set');
  const set = readPatchSet(found.file, found.bytes, release);
  const isKnown = lockSha256 === release.lockSha256 || set.from.some((one) => one.lockSha256 === lockSha256);
  if (!isKnown) {
    const expected = set.from.map((one) => one.version).join(', ');
    throw agentError('AGENT_PATCH_NOT_FROM', { version: release.version, expected, got: version });
  }
  const integrity = await evidence(device, fetch, integrityFile(release), 'integrity');
  const sbom = await evidence(device, fetch, sbomFile(release.evidence), 'sbom-cyclonedx');
  const running = runningEvidence(device);
  return {
    release,
    set,
    packages: sbomPackages(parseEvidence(sbom.file.name, sbom.bytes)),
    runningPackages: running.packages,
    manifests: {
      target: debianManifest(integrity.file, integrity.bytes, release).entries,
      running: running.entries,
    },
  };
}
