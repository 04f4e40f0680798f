import { type AccessContext, isWithin } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { agencyPathOf, organisationError } from '../../organisation/index.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import { allocationError } from './errors.ts';
import type { WantedAllocation } from './model.ts';
import { type BoundsChange, freeAt } from './rules.ts';
import { chainOf, lockTree, nodeOf } from './store.ts';

/** Where in a locked tree an agency's node stands, or would. */
export interface Place {
  readonly agencyPath: string;
  readonly tree: readonly AllocationRow[];
  readonly node: AllocationRow | undefined;
  readonly parent: AllocationRow;
  /** The parent and all above it, the root last. */
  readonly above: readonly AllocationRow[];
}

/**
 * Locks the tree and finds an agency's place in it. Runs under the service's context: the tree goes on above the asker.
 * @throws ORGANISATION_AGENCY_UNKNOWN, LICENSING_ENTITLEMENT_UNKNOWN, LICENSING_AGENCY_OUTSIDE, LICENSING_OWN_ALLOCATION
 */
export async function placeOf(
  trx: Trx,
  access: Access,
  { entitlementId, agencyId }: Pick<WantedAllocation, 'entitlementId' | 'agencyId'>,
): Promise<Place> {
  const agencyPath = await agencyPathOf(trx, agencyId);
  if (!isWithin(access, agencyPath)) {
    throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: agencyId });
  }
  const tree = await lockTree(trx, entitlementId);
  const [root] = tree;
  if (root === undefined || !isRelated(access, root)) {
    throw allocationError('LICENSING_ENTITLEMENT_UNKNOWN', { entitlement: entitlementId });
  }
  if (agencyPath === access.agencyPath)
    throw allocationError('LICENSING_OWN_ALLOCATION', { agency: agencyId });
  const chain = chainOf(tree, agencyPath);
  const node = chain[0]?.agency_path === agencyPath ? chain[0] : undefined;
  const above = node === undefined ? chain : chain.slice(1);
  const [parent] = above;
  if (parent === undefined) {
    throw allocationError('LICENSING_AGENCY_OUTSIDE', { licensee: root.agency_id, agency: agencyId });
  }
  return { agencyPath, tree, node, parent, above };
}

/** True when the licensee stands above the asker or below: to others the entitlement does not exist. */
function isRelated(access: AccessContext, root: AllocationRow): boolean {
  return isWithin(access, root.agency_path) || access.agencyPath.startsWith(root.agency_path);
}

/**
 * Refuses what is beyond the asker: somebody whose agency has no node of its own may restrict those below, not give them more;
 * and a ceiling above the parent's would be a figure that never holds.
 * @throws LICENSING_FLOOR_ABOVE_CEILING, LICENSING_NOTHING_TO_DIVIDE, LICENSING_CEILING_EXCEEDS_PARENT
 */
export function checkWanted(access: Access, { node, parent }: Place, wanted: WantedAllocation): void {
  const { floor, ceiling } = wanted;
  if (floor > ceiling) throw allocationError('LICENSING_FLOOR_ABOVE_CEILING', { floor, ceiling });
  const isMore = floor > (node?.floor ?? 0) || (node !== undefined && ceiling > node.ceiling);
  if (isMore && !isWithin(access, parent.agency_path)) {
    throw allocationError('LICENSING_NOTHING_TO_DIVIDE', { agency: access.agencyId });
  }
  if (ceiling > parent.ceiling && ceiling > (node?.ceiling ?? 0)) {
    const { agency_id: agency, ceiling: most } = parent;
    throw allocationError('LICENSING_CEILING_EXCEEDS_PARENT', { ceiling, most, agency });
  }
}

/** The coded refusal of a change of bounds, with the figures and the agency that is in the way. `demand`: before the change. */
export function refusalOf(
  change: Extract<BoundsChange, { ok: false }>,
  wanted: { readonly floor: number; readonly ceiling: number },
  { above, demand }: { readonly above: readonly AllocationRow[]; readonly demand: number },
): Error {
  const { floor, ceiling } = wanted;
  if (change.refusal === 'floor-above-ceiling') {
    return allocationError('LICENSING_FLOOR_ABOVE_CEILING', { floor, ceiling });
  }
  if (change.refusal === 'ceiling-below-taken') {
    return allocationError('LICENSING_CEILING_BELOW_TAKEN', { ceiling, taken: change.blockedBy.taken });
  }
  const most = demand + freeAt(above.map(nodeOf));
  const agency = above.find(({ id }) => id === change.blockedBy.id)?.agency_id ?? '';
  return allocationError('LICENSING_FLOOR_EXCEEDS_PARENT', { floor, most, agency });
}
