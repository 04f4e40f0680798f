import type { IntegrityManifest } from '@imprint/protocol';
import type { TreeEntry } from '../../tree/index.ts';
import { differingFacets, type Facet } from './facets.ts';

/** One path of a tree that is not what the manifest says; `extra` is a path the manifest does not know. */
export interface TreeFinding {
  readonly path: string;
  readonly facets: readonly (Facet | 'extra')[];
}

/**
 * Compares a tree with a signed manifest and names every path that differs, sorted as the manifest is. Content of
 * volatile paths is compared too: an image at rest has not run.
 */
export function verifyTree(entries: readonly TreeEntry[], manifest: IntegrityManifest): TreeFinding[] {
  const found = new Map(entries.map((entry) => [entry.path, entry]));
  const findings: TreeFinding[] = [];
  for (const expected of manifest.entries) {
    const entry = found.get(expected.path);
    found.delete(expected.path);
    const facets = entry === undefined ? (['missing'] as const) : differingFacets(expected, entry);
    if (facets.length > 0) findings.push({ path: expected.path, facets });
  }
  for (const path of found.keys()) findings.push({ path, facets: ['extra'] });
  return findings;
}
