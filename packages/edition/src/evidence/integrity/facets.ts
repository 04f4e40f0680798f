import type { TreeEntry } from '../../tree/index.ts';

/** In what respect a path differs; `record` is a database record, `hard-link` a link to its twin that was cut. */
export type Facet =
  | 'type'
  | 'content'
  | 'mode'
  | 'owner'
  | 'link'
  | 'xattrs'
  | 'device'
  | 'hard-link'
  | 'record'
  | 'missing';

type Comparable = Pick<TreeEntry, 'mode' | 'uid' | 'gid' | 'sha256' | 'link' | 'xattrs'> & {
  readonly type: string;
  readonly device?: readonly number[];
};

/** Every respect in which two entries differ; a symbolic link has no mode of its own. */
export function differingFacets(a: Comparable, b: Comparable): Facet[] {
  if (a.type !== b.type) return ['type'];
  const facets: Facet[] = [];
  if (a.sha256 !== b.sha256) facets.push('content');
  if (a.link !== b.link) facets.push('link');
  if (a.type !== 'symlink' && a.mode !== b.mode) facets.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) facets.push('owner');
  if (!sameXattrs(a.xattrs, b.xattrs)) facets.push('xattrs');
  if (a.device?.join() !== b.device?.join()) facets.push('device');
  return facets;
}

function sameXattrs(a: TreeEntry['xattrs'], b: TreeEntry['xattrs']): boolean {
  if (a === undefined || b === undefined) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
