import { join } from 'node:path';
import {
  addSignatures,
  type Envelope,
  encodeEnvelope,
  parseEnvelope,
  partyStandings,
  withdrawRelease,
} from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import { releaseError } from '../errors.ts';
import { exclusively } from '../tuf/exclusive.ts';
import { type CurrentRelease, readCurrentRelease } from '../tuf/published.ts';
import { repositoryNames } from '../tuf/repository.ts';
import { type Put, putDurably } from '../tuf/writes.ts';
import { readOptional } from './files.ts';
import type { ReleasePaths } from './paths.ts';
import { type OpenedKeyFile, type PinnedRoot, partySigners } from './root.ts';

export interface WithdrawOptions {
  readonly paths: ReleasePaths;
  readonly root: PinnedRoot;
  readonly edition: string;
  readonly channel: string;
  readonly opened: OpenedKeyFile;
  readonly reason: string;
  readonly now: Date;
  readonly dryRun?: boolean;
  readonly put?: Put;
}

export interface Withdrawal {
  readonly party: string;
  readonly sha256: string;
  readonly version: string;
  readonly sequence: number;
  /** False while further holders of the party have to sign, or for a dry run. */
  readonly published: boolean;
  /** Signatures the party still owes before the withdrawal stands. */
  readonly wanting: number;
}

/**
 * Withdraws the release a channel stands at, by the word of one party. Where the party's threshold is above one, the
 * statement waits beside the repository until enough of its holders have signed.
 * @throws RELEASE_UNKNOWN · RELEASE_ALREADY_WITHDRAWN · RELEASE_NOT_A_PARTY · RELEASE_REASON_MISSING · RELEASE_BUSY
 */
export function withdrawCurrent(options: WithdrawOptions): Promise<Withdrawal> {
  const { paths, root, edition, channel, put = putDurably } = options;
  return exclusively(paths.publishLock, async () => {
    const { party, signers } = partySigners(root, options.opened);
    if (options.reason.trim() === '') throw releaseError('RELEASE_REASON_MISSING');
    const current = await readCurrentRelease(paths.repository, edition, channel);
    if (current === undefined) throw releaseError('RELEASE_UNKNOWN', { edition, channel });
    if (isWithdrawn(current, root))
      throw releaseError('RELEASE_ALREADY_WITHDRAWN', { sha256: current.sha256 });
    const pendingFile = join(paths.withdrawals, `${current.sha256}.${party}.dsse.json`);
    const pending = await readOptional(pendingFile);
    const envelope =
      pending === undefined
        ? withdrawRelease(current.bytes, options.reason, signers)
        : addSignatures(parseEnvelope(pending), signers);
    const wanting = wantingOf(envelope, party, root);
    const isDry = options.dryRun === true;
    if (!isDry && wanting > 0) await writeDurably(pendingFile, encodeEnvelope(envelope));
    if (!isDry && wanting === 0) {
      await put(paths.repository, {
        path: repositoryNames.withdrawal(current.sha256),
        bytes: encodeEnvelope(envelope),
      });
    }
    const { version, sequence } = current.manifest;
    return { party, sha256: current.sha256, version, sequence, wanting, published: !isDry && wanting === 0 };
  });
}

function wantingOf(envelope: Envelope, party: string, root: PinnedRoot): number {
  const standing = partyStandings(root.metadata, envelope).find((one) => one.party === party);
  return Math.max(0, ...(standing?.suites ?? []).map(({ needed, have }) => needed - have));
}

/** True when a party has validly withdrawn the release. A file nobody validly signed says nothing. */
export function isWithdrawn(release: Pick<CurrentRelease, 'withdrawal'>, root: PinnedRoot): boolean {
  if (release.withdrawal === undefined) return false;
  return partyStandings(root.metadata, parseEnvelope(release.withdrawal)).some(({ complete }) => complete);
}
