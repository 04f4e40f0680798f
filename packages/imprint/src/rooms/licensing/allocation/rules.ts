// The arithmetic of a seat tree (docs/adr/0024-seat-tree.md). taken = own + the sum over the children of what each demands,
// which is the greater of its floor and its own taken. A chain is a node, its parent, and so on to the root.

export interface SeatNode {
  readonly id: string;
  /** Seats reserved here: the parent counts them as taken whether they are or not. */
  readonly floor: number;
  /** Seats this node and all below it may take; at a root the seats agreed. */
  readonly ceiling: number;
  /** The ceiling; at a root with what is tolerated beyond it, undefined where any number is. */
  readonly hardCeiling: number | undefined;
  /** Seats of devices that hang on this very node. */
  readonly own: number;
  readonly taken: number;
}

export interface Bounds {
  readonly floor: number;
  readonly ceiling: number;
}

export type Taking =
  | { readonly ok: true; readonly chain: SeatNode[]; readonly overage: boolean }
  | { readonly ok: false; readonly blockedBy: SeatNode };

export type BoundsChange =
  | { readonly ok: true; readonly chain: SeatNode[] }
  | {
      readonly ok: false;
      readonly refusal: 'floor-above-ceiling' | 'ceiling-below-taken' | 'beyond-parent';
      /** The node as it would be, or the ancestor as it is whose ceiling is in the way. */
      readonly blockedBy: SeatNode;
    };

/** What a node takes of its parent's seats. */
export function demandOf(node: Pick<SeatNode, 'floor' | 'taken'>): number {
  return Math.max(node.floor, node.taken);
}

/** Seats beyond which nothing is taken at a node; undefined where all is only reported. */
export function limitOf(node: SeatNode): number | undefined {
  return node.hardCeiling;
}

/** Takes seats at the first node of a chain; `overage` says that they are beyond the seats agreed. */
export function takeSeats(chain: readonly SeatNode[], count: number): Taking {
  const carried = carry(chain, count, limitOf);
  if (!carried.ok) return carried;
  const changed = withOwn(carried.chain, count);
  const [before, after] = [chain.at(-1), changed.at(-1)];
  const overage =
    before !== undefined && after !== undefined && after.taken > before.taken && after.taken > after.ceiling;
  return { ok: true, chain: changed, overage };
}

/** Gives seats back at the first node of a chain. @throws RangeError when it has not as many. */
export function releaseSeats(chain: readonly SeatNode[], count: number): SeatNode[] {
  if ((chain[0]?.own ?? 0) < count) throw new RangeError('more seats released than taken');
  const carried = carry(chain, -count, () => undefined);
  return carried.ok ? withOwn(carried.chain, -count) : [];
}

/** Sets floor and ceiling of the first node of a chain. A floor is reserved within the seats agreed, never in the overage. */
export function changeBounds(chain: readonly SeatNode[], bounds: Bounds): BoundsChange {
  const [node, ...above] = chain;
  if (node === undefined) return { ok: true, chain: [] };
  const next = boundTo(node, bounds);
  const refusal = refusalOf(next);
  if (refusal !== undefined) return { ok: false, refusal, blockedBy: next };
  return reserve(next, above, demandOf(next) - demandOf(node));
}

/**
 * Puts a node below the first of a chain, over children that were that one's and with seats that hung on it; the answer's
 * chain begins with the new node.
 */
export function insertNode(
  above: readonly SeatNode[],
  wanted: Bounds & { readonly id: string },
  children: readonly SeatNode[],
  own: number,
): BoundsChange {
  const moved = children.reduce((sum, child) => sum + demandOf(child), own);
  const { id, floor, ceiling } = wanted;
  const node: SeatNode = { id, floor, ceiling, hardCeiling: ceiling, own, taken: moved };
  const refusal = refusalOf(node);
  if (refusal !== undefined) return { ok: false, refusal, blockedBy: node };
  return reserve(node, withOwn(above, -own), demandOf(node) - moved);
}

/** Seats within those agreed that the first node of a chain could still take; what is reserved for it costs those above nothing. */
export function freeAt(chain: readonly Pick<SeatNode, 'floor' | 'ceiling' | 'taken'>[]): number {
  let free = Number.POSITIVE_INFINITY;
  let reserved = 0;
  for (const node of chain) {
    free = Math.min(free, Math.max(0, node.ceiling - node.taken) + reserved);
    reserved += Math.max(0, node.floor - node.taken);
  }
  return free;
}

function refusalOf(node: SeatNode): 'floor-above-ceiling' | 'ceiling-below-taken' | undefined {
  if (node.floor > node.ceiling) return 'floor-above-ceiling';
  return node.ceiling < node.taken ? 'ceiling-below-taken' : undefined;
}

function reserve(node: SeatNode, above: readonly SeatNode[], growth: number): BoundsChange {
  const carried = carry(above, growth, ({ ceiling }) => ceiling);
  if (!carried.ok) return { ok: false, refusal: 'beyond-parent', blockedBy: carried.blockedBy };
  return { ok: true, chain: [node, ...carried.chain] };
}

/** Below a root the ceiling is all there is; a root's tolerance moves with it. */
function boundTo(node: SeatNode, { floor, ceiling }: Bounds): SeatNode {
  return { ...node, floor, ceiling, hardCeiling: ceiling };
}

function withOwn(chain: readonly SeatNode[], count: number): SeatNode[] {
  return chain.map((node, depth) => (depth === 0 ? { ...node, own: node.own + count } : node));
}

/** Grows what the first node has taken, and each parent by as much as the demand below it grew. */
function carry(
  chain: readonly SeatNode[],
  growth: number,
  limit: (node: SeatNode) => number | undefined,
): { ok: true; chain: SeatNode[] } | { ok: false; blockedBy: SeatNode } {
  const changed: SeatNode[] = [];
  let rest = growth;
  for (const node of chain) {
    const next = { ...node, taken: node.taken + rest };
    const most = limit(node);
    if (rest > 0 && most !== undefined && next.taken > most) return { ok: false, blockedBy: node };
    changed.push(next);
    rest = demandOf(next) - demandOf(node);
  }
  return { ok: true, chain: changed };
}
