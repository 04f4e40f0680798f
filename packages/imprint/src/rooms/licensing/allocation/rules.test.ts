import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeBounds,
  demandOf,
  freeAt,
  insertNode,
  releaseSeats,
  type SeatNode,
  takeSeats,
} from './rules.ts';

/** A tree as it is kept: nodes and who stands above whom. */
interface Tree {
  readonly nodes: ReadonlyMap<string, SeatNode>;
  readonly parentOf: ReadonlyMap<string, string>;
}

const rootNode = (ceiling: number, hardCeiling: number | undefined): SeatNode => ({
  id: 'root',
  floor: 0,
  ceiling,
  hardCeiling,
  own: 0,
  taken: 0,
});
const at = (tree: Tree, id: string): SeatNode => {
  const node = tree.nodes.get(id);
  if (node === undefined) throw new TypeError(`no node ${id}`);
  return node;
};
const chainOf = (tree: Tree, id: string): SeatNode[] => {
  const above = tree.parentOf.get(id);
  return [at(tree, id), ...(above === undefined ? [] : chainOf(tree, above))];
};
const childrenOf = (tree: Tree, id: string): string[] =>
  [...tree.parentOf].filter(([, parent]) => parent === id).map(([child]) => child);
const withNodes = (tree: Tree, changed: readonly SeatNode[]): Tree => ({
  ...tree,
  nodes: new Map([...tree.nodes, ...changed.map((node) => [node.id, node] as const)]),
});

/** What is taken at a node, computed from nothing but own seats and floors. */
const recomputed = (tree: Tree, id: string): number =>
  childrenOf(tree, id).reduce(
    (sum, child) => sum + Math.max(at(tree, child).floor, recomputed(tree, child)),
    at(tree, id).own,
  );

function expectSound(tree: Tree): void {
  for (const node of tree.nodes.values()) {
    expect(node.taken, node.id).toBe(recomputed(tree, node.id));
    expect(node.floor).toBeLessThanOrEqual(node.ceiling);
    if (node.hardCeiling !== undefined) expect(node.taken).toBeLessThanOrEqual(node.hardCeiling);
    expect(node.own).toBeGreaterThanOrEqual(0);
  }
}

type Step =
  | { readonly act: 'take' | 'release'; readonly pick: number; readonly count: number }
  | { readonly act: 'bind'; readonly pick: number; readonly floor: number; readonly ceiling: number }
  | { readonly act: 'remove'; readonly pick: number }
  | { readonly act: 'transfer'; readonly pick: number; readonly to: number; readonly count: number }
  | {
      readonly act: 'insert';
      readonly pick: number;
      readonly floor: number;
      readonly ceiling: number;
      readonly moved: number;
      readonly own: number;
    };

const seats = fc.nat(14);
const pick = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant('take'), pick, count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('release'), pick, count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('bind'), pick, floor: seats, ceiling: seats }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('remove'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('transfer'),
      pick,
      to: pick,
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('insert'),
      pick,
      floor: fc.nat(6),
      ceiling: seats,
      moved: fc.nat(255),
      own: fc.nat(3),
    }),
  },
);
const root = fc.record({ ceiling: fc.integer({ min: 1, max: 30 }), beyond: fc.option(fc.nat(5)) });
const start = ({ ceiling, beyond }: { ceiling: number; beyond: number | null }): Tree => ({
  nodes: new Map([['root', rootNode(ceiling, beyond === null ? undefined : ceiling + beyond)]]),
  parentOf: new Map(),
});
const nth = (tree: Tree, index: number): string => [...tree.nodes.keys()][index % tree.nodes.size] ?? 'root';

/** Carries out one step, or leaves the tree as it is where the rules refuse it. */
function carriedOut(tree: Tree, wanted: Step): Tree {
  const id = nth(tree, wanted.pick);
  const node = at(tree, id);
  const bind = (of: Tree, target: string, floor: number, ceiling: number): Tree | undefined => {
    if (target === 'root') return undefined;
    const change = changeBounds(chainOf(of, target), { floor, ceiling });
    return change.ok ? withNodes(of, change.chain) : undefined;
  };
  switch (wanted.act) {
    case 'take': {
      const taken = takeSeats(chainOf(tree, id), wanted.count);
      return taken.ok ? withNodes(tree, taken.chain) : tree;
    }
    case 'release':
      return withNodes(tree, releaseSeats(chainOf(tree, id), Math.min(node.own, wanted.count)));
    case 'bind':
      return bind(tree, id, wanted.floor, wanted.ceiling) ?? tree;
    case 'remove':
      return bind(tree, id, 0, 0) ?? tree;
    case 'transfer': {
      const { floor, ceiling } = node;
      const less = Math.max(0, ceiling - wanted.count);
      const given = bind(tree, id, Math.min(floor, less), less);
      if (given === undefined) return tree;
      const to = nth(tree, wanted.to);
      const target = at(given, to);
      return bind(given, to, target.floor, target.ceiling + wanted.count) ?? tree;
    }
    case 'insert':
      return inserted(tree, id, wanted);
  }
}

function inserted(tree: Tree, parent: string, wanted: Extract<Step, { act: 'insert' }>): Tree {
  const id = `n${tree.nodes.size}`;
  const children = childrenOf(tree, parent).filter((_, index) => (wanted.moved >> index) % 2 === 1);
  const own = Math.min(at(tree, parent).own, wanted.own);
  const change = insertNode(
    chainOf(tree, parent),
    { id, floor: wanted.floor, ceiling: wanted.ceiling },
    children.map((child) => at(tree, child)),
    own,
  );
  if (!change.ok) return tree;
  const parentOf = new Map([
    ...tree.parentOf,
    [id, parent] as const,
    ...children.map((child) => [child, id] as const),
  ]);
  return { ...withNodes(tree, change.chain), parentOf };
}

const grown = fc
  .tuple(root, fc.array(step, { maxLength: 60 }))
  .map(([first, steps]) => steps.reduce(carriedOut, start(first)));

describe('a seat tree', () => {
  it('counts as if counted afresh and stays within every limit, whatever is done', () => {
    const sizes: number[] = [];
    fc.assert(
      fc.property(root, fc.array(step, { maxLength: 60 }), (first, steps) => {
        let tree = start(first);
        for (const wanted of steps) {
          tree = carriedOut(tree, wanted);
          expectSound(tree);
        }
        sizes.push(tree.nodes.size);
      }),
      { numRuns: 300 },
    );
    expect(Math.max(...sizes)).toBeGreaterThan(4);
  });

  it('is as before after seats are taken and given back', () => {
    fc.assert(
      fc.property(grown, pick, fc.integer({ min: 1, max: 6 }), (tree, index, count) => {
        const chain = chainOf(tree, nth(tree, index));
        const taken = takeSeats(chain, count);
        if (!taken.ok) return;
        expect(releaseSeats(taken.chain, count)).toEqual(chain);
      }),
      { numRuns: 300 },
    );
  });

  it('gives exactly as many seats as it says are free, and the next one only as overage', () => {
    fc.assert(
      fc.property(grown, pick, (tree, index) => {
        const chain = chainOf(tree, nth(tree, index));
        const free = freeAt(chain);
        const within = takeSeats(chain, free);
        expect(within.ok && !within.overage).toBe(true);
        const beyond = takeSeats(chain, free + 1);
        expect(beyond.ok && !beyond.overage).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('lets nobody take what is reserved for another', () => {
    fc.assert(
      fc.property(grown, pick, fc.array(pick, { maxLength: 60 }), (tree, index, greedy) => {
        const id = nth(tree, index);
        const node = at(tree, id);
        const below = (other: string): boolean =>
          other === id || (tree.parentOf.has(other) && below(tree.parentOf.get(other) ?? ''));
        let later = tree;
        for (const turn of greedy) {
          const other = nth(tree, turn);
          if (!below(other)) later = carriedOut(later, { act: 'take', pick: turn, count: 1 });
        }
        const reserved = Math.max(0, node.floor - node.taken);
        expect(takeSeats(chainOf(later, id), reserved).ok).toBe(true);
        expect(freeAt(chainOf(later, id))).toBeGreaterThanOrEqual(reserved);
      }),
      { numRuns: 300 },
    );
  });

  it('names who is in the way exactly when a limit would break', () => {
    fc.assert(
      fc.property(grown, pick, seats, seats, (tree, index, floor, ceiling) => {
        const id = nth(tree, index);
        if (id === 'root') return;
        const change = changeBounds(chainOf(tree, id), { floor, ceiling });
        const node = at(tree, id);
        const above = chainOf(tree, id).slice(1);
        const most = demandOf(node) + freeAt(above);
        const fits = Math.max(floor, node.taken) <= Math.max(most, demandOf(node));
        expect(change.ok).toBe(floor <= ceiling && node.taken <= ceiling && fits);
        if (change.ok) return;
        const candidates = change.refusal === 'beyond-parent' ? above.map((each) => each.id) : [id];
        expect(candidates).toContain(change.blockedBy.id);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses to give back more than was taken', () => {
    expect(() => releaseSeats([rootNode(5, 5)], 1)).toThrow(RangeError);
  });
});

describe('a floor', () => {
  const child = (bounds: Partial<SeatNode>): SeatNode => ({
    id: 'child',
    floor: 4,
    ceiling: 6,
    hardCeiling: 6,
    own: 0,
    taken: 0,
    ...bounds,
  });

  it('costs the parent nothing more until it is used up', () => {
    const parent = { ...rootNode(10, 10), taken: 4 };
    const taken = takeSeats([child({}), parent], 4);
    expect(taken).toMatchObject({
      ok: true,
      chain: [
        { own: 4, taken: 4 },
        { own: 0, taken: 4 },
      ],
    });
    const more = takeSeats([child({ own: 4, taken: 4 }), parent], 1);
    expect(more).toMatchObject({ ok: true, chain: [{ taken: 5 }, { taken: 5 }] });
  });

  it('is never reserved out of the overage', () => {
    const parent = { ...rootNode(10, 12), own: 9, taken: 9 };
    const change = changeBounds([child({ floor: 0 }), parent], { floor: 2, ceiling: 6 });
    expect(change).toMatchObject({ ok: false, refusal: 'beyond-parent', blockedBy: { id: 'root' } });
    expect(takeSeats([child({ floor: 0 }), parent], 2)).toMatchObject({ ok: true, overage: true });
  });
});
