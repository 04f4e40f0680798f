import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerIndex, MergedTree, TreeEntry } from '../tree/index.ts';

/** One layer of the image, lower ones first: `core` is the clean build, `overlay` what the edition adds. */
export interface EvidenceLayer extends LayerIndex {
  readonly kind: 'core' | 'overlay';
  /** Where the layer's own files are (its overlayfs upper directory). */
  readonly directory: string;
  readonly index: readonly TreeEntry[];
}

/** Reads a file of a merged tree from the layer it is seen from; no mount is needed. */
export function readMerged(
  layers: readonly EvidenceLayer[],
  tree: MergedTree,
  path: string,
): Buffer | undefined {
  const found = tree.get(path);
  const layer = layers.find(({ id }) => id === found?.layer);
  if (found?.entry.type !== 'file' || layer === undefined) return undefined;
  return readFileSync(join(layer.directory, path));
}

/** Returns the function that names the uppermost overlay layer that hides a path of the core. */
export function removerOf(layers: readonly EvidenceLayer[]): (path: string) => string {
  const hiding = layers
    .filter(({ kind }) => kind === 'overlay')
    .map(({ id, index }) => ({
      id,
      paths: new Set(
        index.filter(({ type, opaque }) => type !== 'directory' || opaque).map(({ path }) => path),
      ),
    }))
    .reverse();
  return (path) => {
    const ancestors = [path];
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      ancestors.push(path.slice(0, at));
    return hiding.find(({ paths }) => ancestors.some((ancestor) => paths.has(ancestor)))?.id ?? '';
  };
}
