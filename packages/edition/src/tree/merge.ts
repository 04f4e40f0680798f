import { sortEntries, type TreeEntry } from './entry.ts';

export interface LayerIndex {
  readonly id: string;
  readonly index: readonly TreeEntry[];
}

/** An entry of a merged tree and the id of the layer it is seen from. */
export interface MergedEntry {
  readonly entry: TreeEntry;
  readonly layer: string;
}

export type MergedTree = ReadonlyMap<string, MergedEntry>;

/**
 * Merges layers from lower to upper as overlayfs shows them: a whiteout removes a path and all below it, an opaque
 * directory hides what lower layers hold in it, anything but a directory over a directory replaces the subtree.
 * The result holds no whiteouts and is sorted by path.
 */
export function mergeIndexes(layers: readonly LayerIndex[]): MergedTree {
  let merged = new Map<string, MergedEntry>();
  for (const { id, index } of layers) {
    const hidden = hiddenBelow(merged, index);
    if (hidden.size > 0) merged = withoutSubtrees(merged, hidden);
    for (const entry of index) {
      if (entry.type === 'whiteout') merged.delete(entry.path);
      else merged.set(entry.path, { entry, layer: id });
    }
  }
  const sorted = sortEntries([...merged].map(([path, value]) => ({ path, value })));
  return new Map(sorted.map(({ path, value }) => [path, value]));
}

/** Directories of the lower tree whose content the upper index hides. */
function hiddenBelow(lower: MergedTree, upper: readonly TreeEntry[]): Set<string> {
  const hidden = new Set<string>();
  for (const { path, type, opaque } of upper) {
    if (type === 'directory' && opaque !== true) continue;
    if (lower.get(path)?.entry.type === 'directory') hidden.add(path);
  }
  return hidden;
}

function withoutSubtrees(tree: MergedTree, roots: ReadonlySet<string>): Map<string, MergedEntry> {
  const kept = new Map<string, MergedEntry>();
  for (const [path, value] of tree) if (!isBelow(path, roots)) kept.set(path, value);
  return kept;
}

/** True if a proper ancestor of the path is in the set. */
function isBelow(path: string, roots: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    if (roots.has(path.slice(0, at))) return true;
  return path !== '/' && roots.has('/');
}
