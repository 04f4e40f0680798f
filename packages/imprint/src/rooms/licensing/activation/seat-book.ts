import { releaseSeats, type SeatNode, type Taking, takeSeats } from '../allocation/rules.ts';
import { nodeOf } from '../allocation/store.ts';
import type { AllocationRow } from '../tables.ts';

/** The seat trees of one piece of work, as they stand while it goes on; what changed is written once, at its end. */
export interface SeatBook {
  /** The nodes of an entitlement at or above an agency, the nearest first and the root last. */
  chainAt(entitlementId: string, agencyPath: string): SeatNode[];
  /** A node and all above it. */
  chainOf(allocationId: string): SeatNode[];
  row(allocationId: string): AllocationRow;
  /** Takes one seat at a chain's first node, if there is room within `hardCeiling` of each. */
  take(chain: readonly SeatNode[]): Taking;
  release(allocationId: string): void;
  keep(chain: readonly SeatNode[]): void;
  changed(): SeatNode[];
}

export function openSeatBook(rows: readonly AllocationRow[]): SeatBook {
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const nodes = new Map(rows.map((row) => [row.id, nodeOf(row)]));
  const byAgency = new Map(rows.map((row) => [`${row.entitlement_id} ${row.agency_path}`, row.id]));
  const before = new Map(nodes);

  const row = (id: string): AllocationRow => {
    const found = rowOf.get(id);
    if (found === undefined) throw new RangeError(`the allocation ${id} is not part of this work`);
    return found;
  };
  const chainOf = (id: string): SeatNode[] => {
    const chain: SeatNode[] = [];
    for (let next: string | null = id; next !== null; next = row(next).parent_id) {
      chain.push(nodes.get(next) as SeatNode);
    }
    return chain;
  };
  const keep = (chain: readonly SeatNode[]) => {
    for (const node of chain) nodes.set(node.id, node);
  };
  return {
    row,
    chainOf,
    keep,
    chainAt: (entitlementId, agencyPath) => {
      for (const path of pathsAbove(agencyPath)) {
        const id = byAgency.get(`${entitlementId} ${path}`);
        if (id !== undefined) return chainOf(id);
      }
      return [];
    },
    take: (chain) => takeSeats(chain, 1),
    release: (id) => keep(releaseSeats(chainOf(id), 1)),
    changed: () => [...nodes.values()].filter((node) => differs(node, before.get(node.id))),
  };
}

/** An agency's path and those above it, the agency's own first. */
export function pathsAbove(agencyPath: string): string[] {
  const paths: string[] = [];
  for (let end = agencyPath.length; end > 1; end = agencyPath.lastIndexOf('/', end - 2) + 1) {
    paths.push(agencyPath.slice(0, end));
  }
  return paths;
}

function differs(a: SeatNode, b: SeatNode | undefined): boolean {
  return a.own !== b?.own || a.taken !== b.taken;
}
