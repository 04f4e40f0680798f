import { type ImprintError, isImprintError } from '@imprint/protocol';
import { emergencyRoleName, emergencyTermsOf } from './emergency.ts';
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

/**
 * Whether the role `emergency` is looked at: a root without such a lane never trusts it, and until the first emergency no
 * snapshot lists it. One that did list it does so for ever (§5.5.5).
 */
function isEmergencyListed({ root, snapshot }: Referrers): boolean {
  return emergencyTermsOf(root) !== undefined && Object.hasOwn(snapshot.signed.meta, 'emergency.json');
}

/** A role of emergencies that is stale, or signed by too few, says nothing: ordinary releases never wait for it. */
async function emergencyOr(update: Promise<Targets>): Promise<Targets | ImprintError> {
  try {
    return await update;
  } catch (error) {
    const codes = ['TRUST_TUF_EXPIRED', 'TRUST_TUF_THRESHOLD', 'TRUST_TUF_NATIONAL_THRESHOLD'];
    if (codes.some((code) => isImprintError(error, code))) return error as ImprintError;
    throw error;
  }
}

/** The targets roles; `emergencyRefused` says why the role of emergencies was set aside, unless it has only ended. */
export interface UpdatedTargets {
  readonly targets: Targets;
  readonly delegated: ReadonlyMap<string, Targets>;
  readonly emergencyRefused?: ImprintError;
}

/** Updates top-level targets and every role it delegates to; a delegated role delegates no further. */
export async function updateTargets(referrers: Referrers): Promise<UpdatedTargets> {
  const { root } = referrers;
  const targets = await updateRole(topLevelGrant(root, 'targets'), referrers);
  const { keys = {}, roles = [] } = targets.signed.delegations ?? {};
  const table = readKeys(keys, standardFieldSuite(cryptoProfileOf(root)), 'targets.json');
  const delegated = new Map<string, Targets>();
  let refused: ImprintError | undefined;
  for (const { name, keyids, threshold } of roles satisfies readonly DelegatedRole[]) {
    const isEmergency = name === emergencyRoleName;
    if (isEmergency && !isEmergencyListed(referrers)) continue;
    const update = updateRole({ role: name, keys: table, keyids, threshold }, referrers);
    const role = isEmergency ? await emergencyOr(update) : await update;
    if (role instanceof Error) {
      if (role.code !== 'TRUST_TUF_EXPIRED') refused = role;
      continue;
    }
    if (role.signed.delegations !== undefined && role.signed.delegations.roles.length > 0) {
      const error = tufError('TRUST_TUF_MALFORMED', { name: `${name}.json`, got: 'a further delegation' });
      if (!isEmergency) throw error;
      refused = error;
      continue;
    }
    delegated.set(name, role);
  }
  return { targets, delegated, ...(refused === undefined ? {} : { emergencyRefused: refused }) };
}
