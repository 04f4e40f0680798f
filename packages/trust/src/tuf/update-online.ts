import { tufError } from './errors.ts';
import { metadataLimits } from './limits.ts';
import type { Metadata, MetaFile, RootSigned, SnapshotSigned, TimestampSigned } from './model.ts';
import { metadataPath } from './names.ts';
import { parseMetadata } from './parse.ts';
import { fetchBounded, matchesMeta, requireFresh, type Session, unlessRefused } from './session.ts';
import { nationalGrant, requireSignatures, topLevelGrant } from './threshold.ts';

type Root = Metadata<RootSigned>;

function refuseRollback(name: string, known: number | undefined, got: number): void {
  if (known !== undefined && got < known) throw tufError('TRUST_TUF_ROLLBACK', { name, known, got });
}

function snapshotMeta(timestamp: Metadata<TimestampSigned>): MetaFile {
  return timestamp.signed.meta['snapshot.json'] as MetaFile;
}

/** Updates the trusted timestamp. Source: TUF 1.0.34 §5.4. */
export async function updateTimestamp(root: Root, session: Session): Promise<Metadata<TimestampSigned>> {
  const name = 'timestamp.json';
  const read = (bytes: Uint8Array): Metadata<TimestampSigned> => {
    const timestamp = parseMetadata(bytes, 'timestamp');
    requireSignatures(timestamp, name, topLevelGrant(root, 'timestamp'), nationalGrant(root, 'timestamp')); // §5.4.2
    return timestamp;
  };
  const known = await unlessRefused(async () => {
    const bytes = await session.cache.get(name);
    return bytes && read(bytes);
  });
  const bytes = await fetchBounded(session.fetch, metadataPath('timestamp', 0), metadataLimits.timestamp); // §5.4.1
  if (bytes === undefined) throw tufError('TRUST_TUF_UNAVAILABLE', { name });
  const next = read(bytes);
  refuseRollback(name, known?.signed.version, next.signed.version); // §5.4.3.1
  if (known !== undefined && next.signed.version === known.signed.version) {
    requireFresh(known, name, session.nowMs);
    return known;
  }
  refuseRollback('snapshot.json', known && snapshotMeta(known).version, snapshotMeta(next).version); // §5.4.3.2
  requireFresh(next, name, session.nowMs); // §5.4.4
  await session.cache.put(name, bytes); // §5.4.5
  return next;
}

/** §5.5.5: nothing the old snapshot listed may be older in the new one, or gone. */
function refuseSnapshotRollback(known: Metadata<SnapshotSigned>, next: Metadata<SnapshotSigned>): void {
  for (const [name, { version }] of Object.entries(known.signed.meta)) {
    const listed = Object.hasOwn(next.signed.meta, name) ? next.signed.meta[name] : undefined;
    refuseRollback(name, version, listed?.version ?? 0);
  }
}

/** Fetches a file that another lists, in its listed version, and checks it against the listing. @throws TRUST_TUF_DIGEST, TRUST_TUF_SIZE, TRUST_TUF_UNAVAILABLE */
export async function fetchListed(
  role: string,
  meta: MetaFile,
  limit: number,
  root: Root,
  session: Session,
): Promise<Uint8Array> {
  const name = `${role}.json`;
  if ((meta.length ?? 0) > limit) throw tufError('TRUST_TUF_SIZE', { name, limit });
  const path = metadataPath(role, meta.version, root.signed.consistent_snapshot === true);
  const bytes = await fetchBounded(session.fetch, path, meta.length ?? limit);
  if (bytes === undefined) throw tufError('TRUST_TUF_UNAVAILABLE', { name });
  if (!matchesMeta(bytes, meta)) throw tufError('TRUST_TUF_DIGEST', { name });
  return bytes;
}

/** @throws TRUST_TUF_VERSION unless the file is of the version its referrer lists. Source: TUF 1.0.34 §5.5.4, §5.6.4. */
export function requireListedVersion({ signed }: Metadata, meta: MetaFile, name: string): void {
  if (signed.version !== meta.version)
    throw tufError('TRUST_TUF_VERSION', { name, expected: meta.version, got: signed.version });
}

/** Updates the trusted snapshot. Source: TUF 1.0.34 §5.5. */
export async function updateSnapshot(
  root: Root,
  timestamp: Metadata<TimestampSigned>,
  session: Session,
): Promise<Metadata<SnapshotSigned>> {
  const name = 'snapshot.json';
  const meta = snapshotMeta(timestamp);
  const read = (bytes: Uint8Array): Metadata<SnapshotSigned> => {
    const snapshot = parseMetadata(bytes, 'snapshot');
    requireSignatures(snapshot, name, topLevelGrant(root, 'snapshot'), nationalGrant(root, 'snapshot')); // §5.5.3
    return snapshot;
  };
  const kept = await session.cache.get(name);
  const known = await unlessRefused(async () => kept && read(kept));
  if (kept && known && known.signed.version === meta.version && matchesMeta(kept, meta)) {
    requireFresh(known, name, session.nowMs);
    return known;
  }
  const bytes = await fetchListed('snapshot', meta, metadataLimits.snapshot, root, session); // §5.5.1, §5.5.2
  const next = read(bytes);
  requireListedVersion(next, meta, name); // §5.5.4
  if (known !== undefined) refuseSnapshotRollback(known, next);
  requireFresh(next, name, session.nowMs); // §5.5.6
  await session.cache.put(name, bytes); // §5.5.7
  return next;
}
