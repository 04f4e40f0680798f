import type { IntegrityEntry } from '@imprint/protocol';
import type { MergedTree, TreeEntry } from '../../tree/index.ts';
import { originOf, type PackageReference, type ReferenceMember } from '../reference/model.ts';
import { canonicalPaths } from './canonical-path.ts';
import { type Diversion, divertedPath } from './diversions.ts';
import { differingFacets, type Facet } from './facets.ts';

/** A member of an upstream package that the clean build does not hold as it was shipped. */
export interface MemberFinding {
  readonly path: string;
  readonly origin: string;
  /** What the package ships there. */
  readonly type: ReferenceMember['type'];
  readonly facets: readonly Facet[];
  /** The core layer that holds the path, or the last one where it is missing. */
  readonly layer: string;
}

export interface CoreClassification {
  /** Every path of the clean build, class `core`, in the tree's order. */
  readonly entries: readonly IntegrityEntry[];
  /** Members changed or dropped by maintainer scripts or filters, sorted by path. */
  readonly findings: readonly MemberFinding[];
}

interface OwnedMember {
  readonly origin: string;
  readonly member: ReferenceMember;
}

/**
 * Classifies the clean build (the core layers alone) against what upstream's packages say of themselves: a path equal
 * to a member of a package is known by `package`, all else by `clean-build`.
 */
export function classifyCore(
  tree: MergedTree,
  references: readonly PackageReference[],
  diversions: readonly Diversion[],
): CoreClassification {
  const owned = membersByPath(tree, references, diversions);
  const entries: IntegrityEntry[] = [];
  const findings: MemberFinding[] = [];
  for (const [path, { entry, layer }] of tree) {
    const owners = owned.get(path) ?? [];
    const match = owners.find(({ member }) => differingFacets(member, entry).length === 0);
    const origin = match?.origin ?? owners[0]?.origin ?? layer;
    entries.push(integrityEntry(entry, origin, match === undefined ? 'clean-build' : 'package'));
    const [first] = owners;
    if (match === undefined && first !== undefined)
      findings.push({
        path,
        origin,
        type: first.member.type,
        facets: differingFacets(first.member, entry),
        layer,
      });
  }
  const last = [...new Set([...tree.values()].map(({ layer }) => layer))].at(-1) ?? '';
  for (const [path, [first]] of owned)
    if (first !== undefined && !tree.has(path))
      findings.push({
        path,
        origin: first.origin,
        type: first.member.type,
        facets: ['missing'],
        layer: last,
      });
  return { entries, findings: findings.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function membersByPath(
  tree: MergedTree,
  references: readonly PackageReference[],
  diversions: readonly Diversion[],
): Map<string, OwnedMember[]> {
  const canonical = canonicalPaths(tree);
  const owned = new Map<string, OwnedMember[]>();
  for (const reference of references) {
    const origin = originOf(reference);
    for (const member of reference.members) {
      const path = canonical(divertedPath(member.path, reference.name, diversions));
      const owners = owned.get(path);
      if (owners === undefined) owned.set(path, [{ origin, member }]);
      else owners.push({ origin, member });
    }
  }
  return owned;
}

/** The manifest's entry of a path, members in the schema's order. */
export function integrityEntry(
  entry: TreeEntry,
  origin: string,
  evidence: IntegrityEntry['evidence'],
  fileClass: IntegrityEntry['class'] = 'core',
): IntegrityEntry {
  if (entry.type === 'whiteout') throw new TypeError(`a whiteout has no entry: ${entry.path}`);
  const { path, type, mode, uid, gid, sizeBytes, sha256, link, device, xattrs } = entry;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(link === undefined ? {} : { link }),
    ...(device === undefined ? {} : { device: [...device] }),
    ...(xattrs === undefined ? {} : { xattrs: { ...xattrs } }),
    class: fileClass,
    origin,
    evidence,
  };
}
