import type { ReleaseManifest } from '@imprint/protocol';
import { buildRelease, canonicalJson, type Metadata, type TargetsSigned, targetFileOf } from '@imprint/trust';
import type { Check } from '../model.ts';
import { repositoryNames } from '../tuf/repository.ts';
import type { Candidate } from './candidate.ts';
import { compared } from './checks.ts';
import type { Previous } from './previous.ts';

/** How long renewed targets outlive the release that needs them, days. */
const targetsMarginDays = 365;

/** An instant as TUF writes it: UTC, whole seconds. */
export function wholeSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

/** The release metadata that puts this release on its channel, and leaves every other channel as it was. */
export function releaseMetadata(
  before: Metadata<TargetsSigned> | undefined,
  releaseBytes: Uint8Array,
  manifest: ReleaseManifest,
): Metadata<TargetsSigned> {
  return listing(before, repositoryNames.target(manifest.edition, manifest.channel), releaseBytes, manifest);
}

/** The same of the role of emergencies; devices look at it beside the other, and take the newer release. */
export function emergencyMetadata(
  before: Metadata<TargetsSigned> | undefined,
  releaseBytes: Uint8Array,
  manifest: ReleaseManifest,
): Metadata<TargetsSigned> {
  const path = repositoryNames.emergencyTarget(manifest.edition, manifest.channel);
  return listing(before, path, releaseBytes, manifest);
}

function listing(
  before: Metadata<TargetsSigned> | undefined,
  path: string,
  releaseBytes: Uint8Array,
  manifest: ReleaseManifest,
): Metadata<TargetsSigned> {
  const ends = [Date.parse(manifest.expiresAt), Date.parse(before?.signed.expires ?? manifest.expiresAt)];
  return buildRelease({
    version: (before?.signed.version ?? 0) + 1,
    expires: wholeSeconds(new Date(Math.max(...ends))),
    targets: {
      ...before?.signed.targets,
      [path]: targetFileOf(releaseBytes),
    },
  });
}

/** New targets metadata when the present one would end before the release does; undefined while it lasts. */
export function renewedTargets(
  targets: Metadata<TargetsSigned>,
  manifest: ReleaseManifest,
): Metadata<TargetsSigned> | undefined {
  const ends = Date.parse(manifest.expiresAt);
  if (Date.parse(targets.signed.expires) >= ends) return undefined;
  const expires = wholeSeconds(new Date(ends + targetsMarginDays * 86_400_000));
  return { signatures: [], signed: { ...targets.signed, version: targets.signed.version + 1, expires } };
}

/** The metadata to be signed is exactly what follows from the release and what came before it. */
export function metadataChecks(candidate: Candidate, previous: Previous): Check[] {
  const { releaseBytes, manifest } = candidate;
  const text = (metadata: Metadata | undefined) =>
    metadata === undefined ? 'none' : Buffer.from(canonicalJson(metadata.signed)).toString('utf8');
  const given = (name: string) => {
    const bytes = candidate.metadata.get(name);
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Metadata);
  };
  const targets = previous.targets === undefined ? undefined : renewedTargets(previous.targets, manifest);
  const emergency = manifest.emergency && emergencyMetadata(previous.emergency, releaseBytes, manifest);
  return [
    compared(
      'metadata/release.json',
      text(releaseMetadata(previous.metadata, releaseBytes, manifest)),
      text(given('release.json')),
    ),
    compared('metadata/targets.json', text(targets), text(given('targets.json'))),
    ...(emergency === undefined && given('emergency.json') === undefined
      ? []
      : [compared('metadata/emergency.json', text(emergency), text(given('emergency.json')))]),
    compared(
      'base version',
      String(previous.metadata?.signed.version ?? 0),
      String(candidate.sheet.baseVersion),
    ),
  ];
}
