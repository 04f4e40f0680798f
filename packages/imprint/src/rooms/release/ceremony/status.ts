import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import {
  emergencyEnd,
  emergencyTermsOf,
  encodeMetadata,
  parseEnvelope,
  partyStandings,
} from '@imprint/trust';
import type { CandidateStanding } from '../model.ts';
import { type CurrentRelease, listCurrentReleases } from '../tuf/published.ts';
import { readRepository } from '../tuf/repository.ts';
import { collectApprovals } from './approvals.ts';
import { listCandidates, loadCandidate } from './candidate.ts';
import type { ReleasePaths } from './paths.ts';
import { readRejections } from './rejections.ts';
import { type PinnedRoot, parseRoot } from './root.ts';
import { isWithdrawn } from './withdraw.ts';

export interface CandidateStatus {
  readonly id: string;
  readonly sha256: string;
  readonly manifest: Pick<ReleaseManifest, 'edition' | 'version' | 'channel' | 'sequence' | 'expiresAt'>;
  readonly proposedBy: string;
  readonly standing: CandidateStanding;
}

export interface ReleaseStatus {
  readonly edition: string;
  readonly channel: string;
  readonly version: string;
  readonly sequence: number;
  readonly sha256: string;
  readonly expiresAt: string;
  readonly signedBy: readonly string[];
  readonly withdrawn: boolean;
  /** Present while it has but the approvals of an emergency. */
  readonly emergency?: PublishedEmergency;
}

export interface PublishedEmergency {
  readonly reason: string;
  /** Devices that have not installed it refuse it from here on. */
  readonly until: string;
  readonly isOver: boolean;
  /** Parties whose approval is missing in the repository. */
  readonly missing: readonly string[];
}

/** Lists what a repository stands at; a withdrawn release is named as such and is never current. */
export async function publishedStatus(repository: string, now: Date): Promise<ReleaseStatus[]> {
  const state = await readRepository(repository);
  if (state === undefined) return [];
  const root = parseRoot(encodeMetadata(state.root));
  const releases = await listCurrentReleases(repository);
  return releases.map((release) => {
    const standings = partyStandings(state.root, parseEnvelope(release.approvals));
    const parties = (complete: boolean) =>
      standings.filter((standing) => standing.complete === complete).map(({ party }) => party);
    const emergency = emergencyOf(release, parties(false), root, now);
    return {
      edition: release.edition,
      channel: release.channel,
      version: release.manifest.version,
      sequence: release.manifest.sequence,
      sha256: release.sha256,
      expiresAt: release.manifest.expiresAt,
      signedBy: parties(true),
      withdrawn: isWithdrawn(release, root),
      ...(emergency === undefined ? {} : { emergency }),
    };
  });
}

function emergencyOf(
  { manifest }: CurrentRelease,
  missing: readonly string[],
  root: PinnedRoot,
  now: Date,
): PublishedEmergency | undefined {
  const terms = emergencyTermsOf(root.metadata);
  if (manifest.emergency === undefined || terms === undefined || missing.length === 0) return undefined;
  const until = emergencyEnd(manifest, terms.withinHours);
  return { reason: manifest.emergency.reason, until: until.toISOString(), isOver: until <= now, missing };
}

/** Lists the candidates of a directory with their approvals; none that cannot be read is passed over in silence. */
export async function candidateStatus(paths: ReleasePaths, root: PinnedRoot): Promise<CandidateStatus[]> {
  const found: CandidateStatus[] = [];
  for (const id of await listCandidates(paths.candidates)) {
    const candidate = await loadCandidate(join(paths.candidates, id));
    const { approvedBy, missing, urgentMissing } = await collectApprovals(candidate, root);
    const { edition, version, channel, sequence, expiresAt } = candidate.manifest;
    found.push({
      id,
      sha256: candidate.sha256,
      manifest: { edition, version, channel, sequence, expiresAt },
      proposedBy: candidate.sheet.proposedBy,
      standing: {
        approvedBy,
        missing,
        ...(urgentMissing === undefined ? {} : { urgentMissing }),
        rejections: await readRejections(candidate, root),
      },
    });
  }
  return found;
}
