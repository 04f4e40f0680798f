import { sha256Hex } from '../digests.ts';
import type { TufCache } from './cache.ts';
import { tufError } from './errors.ts';
import { maximumRootRotations, metadataLimits } from './limits.ts';
import type { Metadata, RootSigned } from './model.ts';
import { metadataPath } from './names.ts';
import { parseMetadata } from './parse.ts';
import {
  checkRootPolicy,
  cryptoProfileOf,
  definitionKeysOf,
  licenceKeysOf,
  suitesOfProfile,
} from './root-policy.ts';
import { fetchBounded, requireFresh, type Session, unlessRefused } from './session.ts';
import { nationalGrant, type RoleGrant, requireSignatures, topLevelGrant } from './threshold.ts';

type Root = Metadata<RootSigned>;

/** Checks a root against one root's policy for roots: its predecessor's, or its own. */
function requireRootSignatures(root: Root, judge: Root): void {
  requireSignatures(root, 'root.json', topLevelGrant(judge, 'root'), nationalGrant(judge, 'root'));
}

/** Parses a root and checks it against itself alone: for one that came with the product. @throws TRUST_TUF_* */
export function readPinnedRoot(bytes: Uint8Array): Root {
  const root = parseMetadata(bytes, 'root');
  checkRootPolicy(root);
  requireRootSignatures(root, root);
  return root;
}

/** Refuses a root that demands fewer suites, or no longer names who approves, licenses or signs definitions. @throws TRUST_TUF_DOWNGRADE */
function refuseDowngrade(old: Root, next: Root): void {
  const [from, to] = [cryptoProfileOf(old), cryptoProfileOf(next)];
  const kept = suitesOfProfile(to);
  if (!suitesOfProfile(from).every((suite) => kept.includes(suite)))
    throw tufError('TRUST_TUF_DOWNGRADE', { from: `profile ${from}`, to: `profile ${to}` });
  if (old.signed['x-imprint-parties'] !== undefined && next.signed['x-imprint-parties'] === undefined)
    throw tufError('TRUST_TUF_DOWNGRADE', { from: 'a party policy', to: 'none' });
  if (licenceKeysOf(old).length > 0 && licenceKeysOf(next).length === 0)
    throw tufError('TRUST_TUF_DOWNGRADE', { from: 'licence keys', to: 'none' });
  if (definitionKeysOf(old).length > 0 && definitionKeysOf(next).length === 0)
    throw tufError('TRUST_TUF_DOWNGRADE', { from: 'definition keys', to: 'none' });
}

function requireSuccessor(next: Root, old: Root): void {
  requireRootSignatures(next, old); // §5.3.4 (1): the old policy judges the new root.
  refuseDowngrade(old, next);
  checkRootPolicy(next);
  requireRootSignatures(next, next); // §5.3.4 (2)
  const [known, got] = [old.signed.version, next.signed.version];
  if (got < known) throw tufError('TRUST_TUF_ROLLBACK', { name: 'root.json', known, got }); // §5.3.5
  if (got > known + 1) throw tufError('TRUST_TUF_VERSION', { name: 'root.json', expected: known + 1, got });
}

function grantText(grant: RoleGrant | undefined): string {
  const ids = grant?.keyids.map((id) => grant.keys.get(id)?.keyId ?? '').sort();
  return `${grant?.threshold} ${ids?.join()}`;
}

/** §5.3.11: have the online keys changed? */
function onlineKeysRotated(old: Root, next: Root): boolean {
  return (['timestamp', 'snapshot'] as const).some(
    (role) =>
      grantText(topLevelGrant(old, role)) !== grantText(topLevelGrant(next, role)) ||
      grantText(nationalGrant(old, role)) !== grantText(nationalGrant(next, role)),
  );
}

async function forgetOnline({ cache }: Session): Promise<void> {
  await cache.delete('timestamp.json');
  await cache.delete('snapshot.json');
}

const isPinnedNow = (pinnedBytes: Uint8Array, knownPin: Uint8Array | undefined): boolean =>
  knownPin !== undefined && Buffer.compare(Buffer.from(sha256Hex(pinnedBytes)), knownPin) === 0;

/**
 * Returns the newest root trusted so far, as long as it descends from the root pinned now, and asks nobody.
 *
 * Freshness is not judged: what a root says of keys holds until a newer one is seen.
 * @throws TRUST_TUF_* for the pinned root alone
 */
export async function readTrustedRoot(pinnedBytes: Uint8Array, cache: TufCache): Promise<Root> {
  const pinned = readPinnedRoot(pinnedBytes);
  if (!isPinnedNow(pinnedBytes, await cache.get('pin'))) return pinned;
  const kept = await unlessRefused(async () => {
    const bytes = await cache.get('root.json');
    return bytes && readPinnedRoot(bytes);
  });
  return kept !== undefined && kept.signed.version > pinned.signed.version ? kept : pinned;
}

/** §5.2: the root to go on from; a cache that belongs to another pinned root is emptied. */
async function loadTrustedRoot(pinnedBytes: Uint8Array, session: Session): Promise<Root> {
  const { cache } = session;
  const root = await readTrustedRoot(pinnedBytes, cache);
  const knownPin = await cache.get('pin');
  if (isPinnedNow(pinnedBytes, knownPin)) return root;
  await cache.delete('root.json');
  if (knownPin !== undefined) await forgetOnline(session);
  await cache.put('pin', Buffer.from(sha256Hex(pinnedBytes)));
  return root;
}

/**
 * Updates the trusted root through every version the repository has.
 *
 * Source: TUF 1.0.34 §5.2, §5.3.
 */
export async function updateRoot(pinnedBytes: Uint8Array, session: Session): Promise<Root> {
  let root = await loadTrustedRoot(pinnedBytes, session);
  for (let count = 0; count < maximumRootRotations; count++) {
    const path = metadataPath('root', root.signed.version + 1);
    const bytes = await fetchBounded(session.fetch, path, metadataLimits.root); // §5.3.3
    if (bytes === undefined) break;
    const next = parseMetadata(bytes, 'root');
    requireSuccessor(next, root);
    if (next.signed.version === root.signed.version) break; // §5.3.5
    // Before the new root is kept: a crash between the two loses nothing but a download.
    if (onlineKeysRotated(root, next)) await forgetOnline(session); // §5.3.11
    await session.cache.put('root.json', bytes); // §5.3.8
    root = next; // §5.3.7
  }
  requireFresh(root, 'root.json', session.nowMs); // §5.3.10
  return root;
}
