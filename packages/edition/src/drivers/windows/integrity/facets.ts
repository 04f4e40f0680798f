import type { MatchedEntry } from './match-entries.ts';
import type { WimFacet } from './model.ts';

/** Every respect in which a path differs from what is known of it, links apart: those are a matter of several paths. */
export function differingFacets({ known, entry }: MatchedEntry): WimFacet[] {
  if (known.type !== entry.type) return ['type'];
  const facets: WimFacet[] = [];
  if (known.sha1 !== entry.sha1) facets.push('content');
  if (!sameStreams(known.streams, entry.streams)) facets.push('streams');
  if (known.securityDescriptor !== entry.securityDescriptor) facets.push('security-descriptor');
  if (known.attributes !== entry.attributes) facets.push('attributes');
  if (known.shortName !== entry.shortName) facets.push('short-name');
  if (known.path !== entry.path) facets.push('name');
  if (timesDiffer({ known, entry })) facets.push('times');
  return facets;
}

type Streams = MatchedEntry['known']['streams'];

function sameStreams(a: Streams = {}, b: Streams = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** A directory is written whenever something is added to it; a file whose bytes differ was written, which is no news. */
function timesDiffer({ known, entry }: MatchedEntry): boolean {
  const differ = (a: number | undefined, b: number | undefined) =>
    a !== undefined && b !== undefined && a !== b;
  if (differ(known.creationTime, entry.creationTime)) return true;
  if (entry.type === 'directory' || known.sha1 !== entry.sha1) return false;
  return differ(known.lastWriteTime, entry.lastWriteTime);
}
