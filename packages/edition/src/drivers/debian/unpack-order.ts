import { buildError } from '../../engine/errors.ts';
import type { PackageControl } from './control.ts';

/** Names in the order dpkg takes them; each batch may be given to one `dpkg --install`. */
export interface UnpackOrder {
  /** What must be unpacked by hand before dpkg itself can run in the tree; empty when a system is there already. */
  readonly essential: readonly string[];
  readonly batches: readonly (readonly string[])[];
}

interface Graph {
  readonly depends: ReadonlyMap<string, readonly string[]>;
  readonly preDepends: ReadonlyMap<string, readonly string[]>;
}

/** Which of the set's packages satisfies each dependency; what nothing here satisfies is there already. */
function graphOf(controls: readonly PackageControl[]): Graph {
  const names = new Set(controls.map(({ name }) => name));
  const providers = new Map<string, string>();
  for (const { name, provides } of controls)
    for (const virtual of provides) if (!providers.has(virtual)) providers.set(virtual, name);
  const chosen = (alternatives: readonly string[]) =>
    alternatives
      .map((name) => (names.has(name) ? name : providers.get(name)))
      .find((name) => name !== undefined);
  const edges = (groups: readonly (readonly string[])[]) =>
    groups.map(chosen).filter((name) => name !== undefined);
  return {
    depends: new Map(
      controls.map(({ name, depends, preDepends }) => [name, edges([...depends, ...preDepends])]),
    ),
    preDepends: new Map(controls.map(({ name, preDepends }) => [name, edges(preDepends)])),
  };
}

function closure(graph: Graph, seeds: Iterable<string>): Set<string> {
  const reached = new Set<string>();
  const pending = [...seeds];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    pending.push(...(graph.depends.get(name) ?? []));
  }
  return reached;
}

/** The largest part of `candidates` whose dependencies all lie within it or are done. */
function selfContained(graph: Graph, candidates: Iterable<string>, done: ReadonlySet<string>): Set<string> {
  const kept = new Set(candidates);
  for (let changed = true; changed; ) {
    changed = false;
    for (const name of kept)
      if ((graph.depends.get(name) ?? []).some((needed) => !done.has(needed) && !kept.has(needed)))
        changed = kept.delete(name);
  }
  return kept;
}

/**
 * Orders a package set so that each pre-dependency is configured before what needs it is unpacked; within a batch
 * dpkg orders the configuration itself. Sorted by name wherever the order is free.
 *
 * @throws BUILD_ORDER when pre-dependencies form a circle
 */
export function unpackOrder(controls: readonly PackageControl[], bootstrap: boolean): UnpackOrder {
  const graph = graphOf(controls);
  const essential = bootstrap
    ? [
        ...closure(
          graph,
          controls.filter((control) => control.essential).map(({ name }) => name),
        ),
      ].sort()
    : [];
  const done = new Set(essential);
  const rest = new Set(controls.map(({ name }) => name).filter((name) => !done.has(name)));
  const batches: string[][] = [];
  while (rest.size > 0) {
    const isBlocked = (name: string) =>
      (graph.preDepends.get(name) ?? []).some((needed) => !done.has(needed));
    const blocked = [...rest].filter(isBlocked);
    const needed = closure(
      graph,
      blocked.flatMap((name) => graph.preDepends.get(name) ?? []),
    );
    const candidates = [...rest].filter(
      (name) => !isBlocked(name) && (blocked.length === 0 || needed.has(name)),
    );
    const batch =
      blocked.length === 0 ? candidates.sort() : [...selfContained(graph, candidates, done)].sort();
    if (batch.length === 0) throw buildError('BUILD_ORDER', { packages: blocked.slice(0, 5).join(', ') });
    batches.push(batch);
    for (const name of batch) {
      done.add(name);
      rest.delete(name);
    }
  }
  return { essential, batches };
}
