import type { IntegrityCounts, WimIntegrityEntry } from '@imprint/protocol';
import { type Agreement, agreedReason } from '../../../evidence/integrity/agreement.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { type AddedPath, type AddedVerdict, addedPaths } from './added-paths.ts';
import { differingFacets } from './facets.ts';
import { differingLinks } from './link-groups.ts';
import { type MatchedEntries, type MatchedEntry, matchEntries } from './match-entries.ts';
import type { ImageEntry, WimFacet, WimFinding } from './model.ts';
import { isVolatile } from './volatile-paths.ts';

/** A registry hive the plan edits. */
export interface EditedHive {
  readonly path: string;
  /** The last step that edits it. */
  readonly step: string;
}

export interface ClassifyInput {
  readonly base: readonly ImageEntry[];
  readonly pressed: readonly ImageEntry[];
  /** The vendor's name of the image. */
  readonly origin: string;
  readonly added: readonly AddedPath[];
  readonly hives: readonly EditedHive[];
  /** `replaced`: a hive's owner, ACL, short name and creation time were dropped, which is recorded and not refused. */
  readonly method: 'in-place' | 'replaced';
  readonly agreement?: Agreement | undefined;
}

export interface WimClassification {
  /** Every path of the pressed image, sorted. */
  readonly entries: readonly WimIntegrityEntry[];
  readonly violations: readonly WimFinding[];
  /** Core paths whose content differs as the vendor agreed. */
  readonly agreed: readonly WimFinding[];
  /** What replacing hives dropped. */
  readonly losses: readonly WimFinding[];
  readonly counts: IntegrityCounts;
}

interface Found {
  readonly violations: WimFinding[];
  readonly agreed: WimFinding[];
  readonly losses: WimFinding[];
}

/** What the vendor agrees to: that a file's bytes differ, not its owner, access list, names or links. */
const agreedFacets: ReadonlySet<WimFacet> = new Set(['content']);

/** Classifies every path of the pressed image against the vendor's, and returns every violation there is. */
export function classifyWim(input: ClassifyInput): WimClassification {
  const matches = matchEntries(input.base, input.pressed);
  const links = differingLinks(matches);
  const verdicts = addedPaths(matches, input.added);
  const found: Found = { violations: [...verdicts.violations], agreed: [], losses: [] };
  for (const { path } of matches.missing) found.violations.push({ path, facets: ['missing'] });
  const context: Context = { input, links, found, agreement: foldAgreement(input.agreement) };
  const entries = [
    ...matches.matched.map((pair) => knownEntry(pair, context)),
    ...matches.added.map((entry) => addedEntry(entry, verdicts.steps, context)),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  found.violations.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries, ...found, counts: countsOf(entries, matches, found) };
}

interface Context {
  readonly input: ClassifyInput;
  readonly links: ReadonlyMap<string, string>;
  readonly found: Found;
  readonly agreement: Agreement | undefined;
}

/** Windows compares paths without regard to case, so the agreement does too. */
function foldAgreement(agreement: Agreement | undefined): Agreement | undefined {
  if (agreement === undefined) return undefined;
  const { mutableCore } = agreement;
  const mutable = mutableCore.mutable.map((item) => ({ ...item, path: foldPath(item.path) }));
  return { ...agreement, mutableCore: { ...mutableCore, mutable } };
}

function knownEntry(pair: MatchedEntry, context: Context): WimIntegrityEntry {
  const { input, links } = context;
  const { path } = pair.entry;
  const facets = differingFacets(pair);
  const link = links.get(path);
  if (link !== undefined) facets.push('links');
  if (facets.length === 0) return manifestEntry(pair.entry, 'core', input.origin, 'image');
  const isHere = (item: { readonly path: string }) => foldPath(item.path) === foldPath(path);
  const hive = input.hives.find(isHere);
  const planned = input.added.find(isHere);
  const step = hive?.step ?? planned?.step;
  const isForeign = planned !== undefined && planned.observedSha256 !== planned.sha256;
  const isAgreed = judge(pair, { facets, link, step, isHive: hive !== undefined, isForeign }, context);
  return manifestEntry(pair.entry, 'modified', step ?? 'unknown', isAgreed ? 'agreed' : 'step');
}

interface Difference {
  readonly facets: readonly WimFacet[];
  readonly link: string | undefined;
  readonly step: string | undefined;
  readonly isHive: boolean;
  /** A step writes the path, and these are not the bytes it planned. */
  readonly isForeign: boolean;
}

/** Records what differs under its verdict; true where all of it stands. */
function judge({ known, entry }: MatchedEntry, difference: Difference, context: Context): boolean {
  const { input, found, agreement } = context;
  const { facets, step, isHive } = difference;
  const { path } = entry;
  const origin = step === undefined ? {} : { step };
  const lost = isHive && input.method === 'replaced' ? lostFacets(known, entry, facets) : [];
  if (lost.length > 0) found.losses.push({ path, facets: lost, ...origin });
  // The vendor agrees to what an edition does; a change that no step makes is nobody's.
  const isPlanned = step !== undefined && !difference.isForeign;
  const reason = isPlanned ? agreedReason(agreement, foldPath(path)) : undefined;
  const refused = facets.filter(
    (facet) => !lost.includes(facet) && !(reason !== undefined && agreedFacets.has(facet)),
  );
  if (refused.length > 0) found.violations.push({ path, facets: refused, ...origin, ...noteOn(difference) });
  const agreed = facets.filter((facet) => agreedFacets.has(facet) && !lost.includes(facet));
  if (reason !== undefined && agreed.length > 0)
    found.agreed.push({ path, facets: agreed, ...origin, note: reason });
  return refused.length === 0;
}

function noteOn({ link, isForeign }: Difference): { readonly note?: string } {
  if (isForeign) return { note: 'is not what was planned' };
  return link === undefined ? {} : { note: link };
}

/** FILE_ATTRIBUTE_NORMAL: what a file has that was given none. */
const normalAttributes = 0x80;

/** What an update that writes a file anew drops. A descriptor or short name that is another one was not lost but set. */
function lostFacets(known: ImageEntry, entry: ImageEntry, facets: readonly WimFacet[]): WimFacet[] {
  const isDropped = (facet: WimFacet): boolean => {
    if (facet === 'security-descriptor') return entry.securityDescriptor === undefined;
    if (facet === 'short-name') return entry.shortName === undefined;
    if (facet === 'attributes') return entry.attributes === normalAttributes;
    return facet === 'times' && known.creationTime !== entry.creationTime;
  };
  return facets.filter(isDropped);
}

function addedEntry(
  entry: ImageEntry,
  steps: ReadonlyMap<string, AddedVerdict>,
  { links, found }: Context,
): WimIntegrityEntry {
  const verdict = steps.get(entry.path);
  const link = links.get(entry.path);
  if (link !== undefined && verdict !== undefined)
    found.violations.push({ path: entry.path, facets: ['links'], step: verdict.step, note: link });
  const made = manifestEntry(entry, 'overlay', verdict?.step ?? 'unknown', 'step');
  return verdict?.sha256 === undefined ? made : { ...made, sha256: verdict.sha256 };
}

function manifestEntry(
  { creationTime: _made, lastWriteTime: _written, ...entry }: ImageEntry,
  fileClass: WimIntegrityEntry['class'],
  origin: string,
  evidence: WimIntegrityEntry['evidence'],
): WimIntegrityEntry {
  const volatile = isVolatile(entry.path) && entry.type === 'file' ? { volatile: true } : {};
  return { ...entry, class: fileClass, origin, evidence, ...volatile };
}

function countsOf(
  entries: readonly WimIntegrityEntry[],
  { missing }: MatchedEntries,
  { violations }: Found,
): IntegrityCounts {
  const count = (wanted: string) => entries.filter((entry) => entry.class === wanted).length;
  return {
    core: count('core'),
    overlay: count('overlay'),
    modified: count('modified'),
    missing: missing.length,
    violations: violations.length,
  };
}
