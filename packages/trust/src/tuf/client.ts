import type { ImprintError } from '@imprint/protocol';
import type { TufCache } from './cache.ts';
import type { Metadata, RootSigned, SnapshotSigned, TargetsSigned, TimestampSigned } from './model.ts';
import type { RepositoryFetch, Session } from './session.ts';
import { updateSnapshot, updateTimestamp } from './update-online.ts';
import { updateRoot } from './update-root.ts';
import { updateTargets } from './update-targets.ts';

/** A consistent, verified and fresh view of a repository. */
export interface TrustedMetadata {
  readonly root: Metadata<RootSigned>;
  readonly timestamp: Metadata<TimestampSigned>;
  readonly snapshot: Metadata<SnapshotSigned>;
  readonly targets: Metadata<TargetsSigned>;
  /** Role name → metadata, in order of delegation. */
  readonly delegated: ReadonlyMap<string, Metadata<TargetsSigned>>;
  /** Why the role of emergencies was set aside; absent where there is none, or it has only ended. */
  readonly emergencyRefused?: ImprintError;
}

export interface RefreshOptions {
  /** The root that came with the product. */
  readonly trustedRoot: Uint8Array;
  /** Belongs to this client alone; one refresh at a time. */
  readonly cache: TufCache;
  readonly fetch: RepositoryFetch;
  readonly now: Date;
}

/** The highest time of a successful refresh: a clock set back later makes nothing fresh again. */
async function highestTime(cache: TufCache, now: Date): Promise<number> {
  const bytes = await cache.get('clock');
  const kept = bytes === undefined ? Number.NaN : Date.parse(Buffer.from(bytes).toString('utf8'));
  return Number.isNaN(kept) ? now.getTime() : Math.max(kept, now.getTime());
}

/**
 * Brings the trusted metadata up to date; a refusal leaves what was trusted before in place.
 *
 * @throws TRUST_TUF_ROLLBACK, TRUST_TUF_EXPIRED, TRUST_TUF_THRESHOLD, TRUST_TUF_NATIONAL_THRESHOLD,
 * TRUST_TUF_NATIONAL_ROLE, TRUST_TUF_DUPLICATE_KEY, TRUST_TUF_DUPLICATE_SIGNATURE, TRUST_TUF_DOWNGRADE, TRUST_TUF_VERSION, TRUST_TUF_DIGEST,
 * TRUST_TUF_SIZE, TRUST_TUF_MALFORMED, TRUST_TUF_UNAVAILABLE, TRUST_KEY_SCHEME_MISMATCH, TRUST_KEY_MALFORMED,
 * TRUST_POLICY_INVALID
 * Source: TUF 1.0.34 §5.
 */
export async function refreshTuf({
  trustedRoot,
  cache,
  fetch,
  now,
}: RefreshOptions): Promise<TrustedMetadata> {
  const nowMs = await highestTime(cache, now);
  const session: Session = { cache, fetch, nowMs }; // §5.1
  const root = await updateRoot(trustedRoot, session); // §5.2, §5.3
  const timestamp = await updateTimestamp(root, session); // §5.4
  const snapshot = await updateSnapshot(root, timestamp, session); // §5.5
  const updated = await updateTargets({ root, snapshot, session }); // §5.6
  await cache.put('clock', Buffer.from(new Date(nowMs).toISOString()));
  return { root, timestamp, snapshot, ...updated };
}
