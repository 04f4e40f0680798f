import type { Signer } from '@imprint/trust';
import { encodeMetadata } from '@imprint/trust';
import { onlineDue } from '../rules.ts';
import { exclusively } from './exclusive.ts';
import { nextSnapshot, nextTimestamp } from './online.ts';
import { readRepository, repositoryNames } from './repository.ts';
import { type Put, putDurably } from './writes.ts';

export interface RefreshOnlineOptions {
  readonly repository: string;
  /** The lock every writer of the repository takes. */
  readonly publishLock: string;
  readonly online: readonly Signer[];
  readonly now: Date;
  /** Sign again although nothing is due. */
  readonly force?: boolean;
  readonly put?: Put;
}

export interface RefreshOnlineResult {
  readonly snapshot: boolean;
  readonly timestamp: boolean;
  /** When the timestamp that now stands expires; absent when nothing is published. */
  readonly expires?: string;
}

/**
 * Renews snapshot and timestamp with the online key when they are due; the snapshot first, so that a crash between
 * them leaves the old timestamp with the old snapshot.
 * @throws RELEASE_BUSY
 */
export function refreshOnline(options: RefreshOnlineOptions): Promise<RefreshOnlineResult> {
  const { repository, online, now, put = putDurably } = options;
  return exclusively(options.publishLock, async () => {
    const state = await readRepository(repository);
    if (state === undefined) return { snapshot: false, timestamp: false };
    const due = onlineDue(
      { timestamp: state.timestamp.signed.expires, snapshot: state.snapshot.signed.expires },
      now,
    );
    const isForced = options.force === true;
    if (!due.timestamp && !isForced) {
      return { snapshot: false, timestamp: false, expires: state.timestamp.signed.expires };
    }
    const renewed = due.snapshot ? nextSnapshot(state, state, online, now) : undefined;
    if (renewed !== undefined) {
      await put(repository, {
        path: repositoryNames.metadata('snapshot', renewed.version),
        bytes: renewed.bytes,
      });
    }
    const bytes = nextTimestamp(state, renewed?.bytes ?? encodeMetadata(state.snapshot), online, now);
    await put(repository, { path: repositoryNames.timestamp, bytes });
    const { timestamp } = (await readRepository(repository)) ?? state;
    return { snapshot: renewed !== undefined, timestamp: true, expires: timestamp.signed.expires };
  });
}
