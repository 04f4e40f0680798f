import type { Access } from '../../../platform/http/access.ts';
import { allocationError } from '../allocation/errors.ts';
import { checkWanted, refusalOf } from '../allocation/place.ts';
import { ceilingOf } from '../allocation/reclaim.ts';
import { type BoundsChange, changeBounds, demandOf, insertNode } from '../allocation/rules.ts';
import { nodeOf } from '../allocation/store.ts';
import type { AllocationRow } from '../tables.ts';

/** Activations of one agency's devices that hang on one node, and how many of them hold a seat. */
export interface SeatGroup {
  readonly allocationId: string;
  readonly agencyPath: string;
  readonly seats: number;
}

export interface WantedNode {
  readonly entitlementId: string;
  readonly agencyId: string;
  readonly agencyPath: string;
  readonly floor: number;
  readonly ceiling: number;
}

/** Seat trees held in memory while many of their nodes change; what changed is written at once at the end. */
export interface SeatTrees {
  /** Sets one node and returns it before and after. @throws the refusals of an allocation, and then changes nothing */
  set(wanted: WantedNode): { readonly before: AllocationRow | undefined; readonly after: AllocationRow };
  /** Nodes that are new, parents before their children. */
  planted(): readonly AllocationRow[];
  /** Nodes that were there and are different now. */
  changed(): readonly AllocationRow[];
  /** Activations that hang on another node now. */
  moved(): readonly { readonly from: string; readonly to: string; readonly agencyPath: string }[];
}

interface Held {
  readonly nodes: Map<string, AllocationRow>;
  readonly children: Map<string, Set<string>>;
  readonly groups: Map<string, SeatGroup[]>;
}

const keyOf = (entitlementId: string, agencyPath: string) => `${entitlementId} ${agencyPath}`;

/** Holds the nodes of locked trees. `newNode` gives what a new node begins with. */
export function openSeatTrees(
  access: Access,
  rows: readonly AllocationRow[],
  groups: readonly SeatGroup[],
  newNode: () => Pick<AllocationRow, 'id' | 'created_at'>,
): SeatTrees {
  const held: Held = { nodes: new Map(), children: new Map(), groups: new Map() };
  const before = new Map(rows.map((row) => [row.id, row]));
  for (const row of rows) hold(held, row);
  for (const group of groups) {
    held.groups.set(group.allocationId, [...(held.groups.get(group.allocationId) ?? []), group]);
  }
  return {
    set: (wanted) => setNode(held, access, wanted, newNode),
    planted: () =>
      [...held.nodes.values()]
        .filter(({ id }) => !before.has(id))
        .sort((a, b) => a.agency_path.length - b.agency_path.length),
    changed: () => [...held.nodes.values()].filter((row) => before.has(row.id) && before.get(row.id) !== row),
    moved: () =>
      [...held.groups].flatMap(([to, there]) =>
        there
          .filter(({ allocationId }) => allocationId !== to)
          .map(({ allocationId, agencyPath }) => ({ from: allocationId, to, agencyPath })),
      ),
  };
}

function hold(held: Held, row: AllocationRow): void {
  const key = keyOf(row.entitlement_id, row.agency_path);
  const old = held.nodes.get(key);
  if (old?.parent_id !== undefined && old.parent_id !== null) held.children.get(old.parent_id)?.delete(key);
  held.nodes.set(key, row);
  if (row.parent_id === null) return;
  const siblings = held.children.get(row.parent_id) ?? new Set();
  held.children.set(row.parent_id, siblings.add(key));
}

/** The nodes above an agency, the nearest first. */
function aboveOf(held: Held, entitlementId: string, agencyPath: string): AllocationRow[] {
  const found: AllocationRow[] = [];
  for (let end = agencyPath.lastIndexOf('/', agencyPath.length - 2); end >= 0; ) {
    const node = held.nodes.get(keyOf(entitlementId, agencyPath.slice(0, end + 1)));
    if (node !== undefined) found.push(node);
    end = end === 0 ? -1 : agencyPath.lastIndexOf('/', end - 1);
  }
  return found;
}

function setNode(
  held: Held,
  access: Access,
  wanted: WantedNode,
  newNode: () => Pick<AllocationRow, 'id' | 'created_at'>,
): { before: AllocationRow | undefined; after: AllocationRow } {
  const { entitlementId, agencyId, agencyPath } = wanted;
  if (agencyPath === access.agencyPath) {
    throw allocationError('LICENSING_OWN_ALLOCATION', { agency: agencyId });
  }
  const node = held.nodes.get(keyOf(entitlementId, agencyPath));
  const above = aboveOf(held, entitlementId, agencyPath);
  const [parent] = above;
  if (parent === undefined) {
    const licensee = node?.agency_id ?? '';
    throw allocationError('LICENSING_AGENCY_OUTSIDE', { licensee, agency: agencyId });
  }
  checkWanted(access, { agencyPath, tree: [], node, parent, above }, wanted);
  const after =
    node === undefined ? plant(held, wanted, parent, above, newNode()) : bind(held, wanted, node, above);
  return { before: node, after };
}

function bind(
  held: Held,
  wanted: WantedNode,
  node: AllocationRow,
  above: readonly AllocationRow[],
): AllocationRow {
  const bounds = { floor: wanted.floor, ...ceilingOf(wanted.ceiling, node, undefined) };
  const change = changeBounds([node, ...above].map(nodeOf), bounds);
  if (!change.ok) throw refusalOf(change, wanted, { above, demand: demandOf(node) });
  const row = { ...node, ...bounds, hard_ceiling: bounds.ceiling };
  hold(held, row);
  holdCounters(held, above, change);
  return row;
}

function plant(
  held: Held,
  wanted: WantedNode,
  parent: AllocationRow,
  above: readonly AllocationRow[],
  begin: Pick<AllocationRow, 'id' | 'created_at'>,
): AllocationRow {
  const { agencyPath, agencyId, floor, ceiling } = wanted;
  const children = [...(held.children.get(parent.id) ?? [])].flatMap((key) => {
    const child = held.nodes.get(key);
    return child?.agency_path.startsWith(agencyPath) === true ? [child] : [];
  });
  const groups = held.groups.get(parent.id) ?? [];
  const taken = groups.filter((group) => group.agencyPath.startsWith(agencyPath));
  const own = taken.reduce((sum, { seats }) => sum + seats, 0);
  const demand = children.reduce((sum, child) => sum + demandOf(child), own);
  const change = insertNode(above.map(nodeOf), { id: begin.id, floor, ceiling }, children.map(nodeOf), own);
  if (!change.ok) throw refusalOf(change, wanted, { above, demand });
  const row: AllocationRow = {
    ...begin,
    entitlement_id: wanted.entitlementId,
    parent_id: parent.id,
    agency_id: agencyId,
    agency_path: agencyPath,
    floor,
    ceiling,
    hard_ceiling: ceiling,
    own,
    taken: demand,
    reclaim_ceiling: null,
    reclaim_at: null,
    alerted: 0,
  };
  hold(held, row);
  for (const child of children) hold(held, { ...child, parent_id: row.id });
  if (taken.length > 0) {
    held.groups.set(row.id, taken);
    held.groups.set(
      parent.id,
      groups.filter((group) => !taken.includes(group)),
    );
  }
  holdCounters(held, above, change);
  return row;
}

/** Keeps what the nodes above have taken now. */
function holdCounters(
  held: Held,
  above: readonly AllocationRow[],
  change: Extract<BoundsChange, { ok: true }>,
): void {
  for (const [index, row] of above.entries()) {
    const node = change.chain[index + 1];
    if (node !== undefined && (node.own !== row.own || node.taken !== row.taken)) {
      hold(held, { ...row, own: node.own, taken: node.taken });
    }
  }
}
