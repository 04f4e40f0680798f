import { join } from 'node:path';
import type { ReleaseManifest } from '@imprint/protocol';
import { encodeMetadata, parseEnvelope, partyStandings } from '@imprint/trust';
import type { CandidateStanding } from '../model.ts';
import { listCurrentReleases } from '../tuf/published.ts';
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
}

/** Lists what a repository stands at; a withdrawn release is named as such and is never current. */
export async function publishedStatus(repository: string): Promise<ReleaseStatus[]> {
  const state = await readRepository(repository);
  if (state === undefined) return [];
  const root = parseRoot(encodeMetadata(state.root));
  const releases = await listCurrentReleases(repository);
  return releases.map((release) => ({
    edition: release.edition,
    channel: release.channel,
    version: release.manifest.version,
    sequence: release.manifest.sequence,
    sha256: release.sha256,
    expiresAt: release.manifest.expiresAt,
    signedBy: partyStandings(state.root, parseEnvelope(release.approvals))
      .filter(({ complete }) => complete)
      .map(({ party }) => party),
    withdrawn: isWithdrawn(release, root),
  }));
}

/** Lists the candidates of a directory with their approvals; none that cannot be read is passed over in silence. */
export async function candidateStatus(paths: ReleasePaths, root: PinnedRoot): Promise<CandidateStatus[]> {
  const found: CandidateStatus[] = [];
  for (const id of await listCandidates(paths.candidates)) {
    const candidate = await loadCandidate(join(paths.candidates, id));
    const { approvedBy, missing } = await collectApprovals(candidate, root);
    const { edition, version, channel, sequence, expiresAt } = candidate.manifest;
    found.push({
      id,
      sha256: candidate.sha256,
      manifest: { edition, version, channel, sequence, expiresAt },
      proposedBy: candidate.sheet.proposedBy,
      standing: { approvedBy, missing, rejections: await readRejections(candidate, root) },
    });
  }
  return found;
}
