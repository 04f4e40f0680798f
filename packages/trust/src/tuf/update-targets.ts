import { tufError } from './errors.ts';
import { metadataLimits } from './limits.ts';
import type { DelegatedRole, Metadata, RootSigned, SnapshotSigned, TargetsSigned } from './model.ts';
import { parseMetadata } from './parse.ts';
import { cryptoProfileOf, readKeys, standardFieldSuite } from './root-policy.ts';
import { matchesMeta, requireFresh, type Session, unlessRefused } from './session.ts';
import { nationalGrant, type RoleGrant, requireSignatures, topLevelGrant } from './threshold.ts';
import { fetchListed, requireListedVersion } from './update-online.ts';

type Targets = Metadata<TargetsSigned>;

interface Referrers {
  readonly root: Metadata<RootSigned>;
  readonly snapshot: Metadata<SnapshotSigned>;
  readonly session: Session;
}

/** Updates one targets role, kept or fetched, always verified against its delegator of now. Source: TUF 1.0.34 §5.6. */
async function updateRole(grant: RoleGrant, { root, snapshot, session }: Referrers): Promise<Targets> {
  const name = `${grant.role}.json`;
  const { meta: listing } = snapshot.signed;
  const meta = Object.hasOwn(listing, name) ? listing[name] : undefined;
  if (meta === undefined)
    throw tufError('TRUST_TUF_MALFORMED', { name: 'snapshot.json', got: `no listing of ${name}` });
  const read = (bytes: Uint8Array): Targets => {
    const targets = parseMetadata(bytes, 'targets', name);
    requireSignatures(targets, name, grant, nationalGrant(root, grant.role)); // §5.6.3
    requireListedVersion(targets, meta, name); // §5.6.4
    return targets;
  };
  const kept = await session.cache.get(name);
  const known = await unlessRefused(async () => (kept && matchesMeta(kept, meta) ? read(kept) : undefined));
  if (known !== undefined) {
    requireFresh(known, name, session.nowMs);
    return known;
  }
  const bytes = await fetchListed(grant.role, meta, metadataLimits.targets, root, session); // §5.6.1, §5.6.2
  const next = read(bytes);
  requireFresh(next, name, session.nowMs); // §5.6.5
  await session.cache.put(name, bytes); // §5.6.6
  return next;
}

/** Updates top-level targets and every role it delegates to; a delegated role delegates no further. */
export async function updateTargets(
  referrers: Referrers,
): Promise<{ targets: Targets; delegated: ReadonlyMap<string, Targets> }> {
  const { root } = referrers;
  const targets = await updateRole(topLevelGrant(root, 'targets'), referrers);
  const { keys = {}, roles = [] } = targets.signed.delegations ?? {};
  const table = readKeys(keys, standardFieldSuite(cryptoProfileOf(root)), 'targets.json');
  const delegated = new Map<string, Targets>();
  for (const { name, keyids, threshold } of roles satisfies readonly DelegatedRole[]) {
    const role = await updateRole({ role: name, keys: table, keyids, threshold }, referrers);
    if (role.signed.delegations !== undefined && role.signed.delegations.roles.length > 0)
      throw tufError('TRUST_TUF_MALFORMED', { name: `${name}.json`, got: 'a further delegation' });
    delegated.set(name, role);
  }
  return { targets, delegated };
}
