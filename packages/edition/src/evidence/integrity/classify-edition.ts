import type { IntegrityCounts, IntegrityEntry, Reason } from '@imprint/protocol';
import type { MergedEntry, MergedTree } from '../../tree/index.ts';
import type { RecordContext } from '../database/model.ts';
import { recordComparison } from '../database/rules.ts';
import { type Agreement, agreedReason } from './agreement.ts';
import { type CoreClassification, integrityEntry, type MemberFinding } from './classify-core.ts';
import { differingFacets, type Facet } from './facets.ts';
import { cutHardLinks } from './hard-links.ts';
import { isDisposable, isVolatile } from './runtime-paths.ts';

/** One core path that the edition changed or removed, and the step that did it. */
export interface CoreFinding {
  readonly path: string;
  readonly origin: string;
  readonly step: string;
  readonly facets: readonly Facet[];
  /** Why it stands: the vendor's reason, or which records differ. */
  readonly note?: Reason;
}

export interface EditionClassification {
  /** Every path of the image, sorted. */
  readonly entries: readonly IntegrityEntry[];
  readonly violations: readonly CoreFinding[];
  /** Core paths changed or removed as the vendor agreed. */
  readonly agreed: readonly CoreFinding[];
  /** Record files that differ but whose records of the core are all unchanged. */
  readonly records: readonly CoreFinding[];
  readonly counts: IntegrityCounts;
}

export interface EditionInput {
  readonly core: MergedTree;
  readonly edition: MergedTree;
  readonly classification: CoreClassification;
  readonly agreement?: Agreement | undefined;
  readonly components: ReadonlySet<string>;
  /** The lock's certificate authorities. */
  readonly certificates: ReadonlySet<string>;
  /** The step that removed a path of the core. */
  readonly removedBy: (path: string) => string;
  /** Content of a file in the clean build and in the image, for records. */
  readonly readFile: (tree: 'core' | 'edition', path: string) => Buffer;
}

type Verdict = 'core' | 'overlay' | 'agreed' | 'database' | 'violation';

/** Classifies every path of the image against the clean build, and returns every violation there is. */
export function classifyEdition(input: EditionInput): EditionClassification {
  const { core, edition, classification } = input;
  const coreEntries = new Map(classification.entries.map((entry) => [entry.path, entry]));
  const cut = cutHardLinks(core, edition);
  const found = {
    violations: shippedFindings(input),
    agreed: [] as CoreFinding[],
    records: [] as CoreFinding[],
  };
  const entries: IntegrityEntry[] = [];
  for (const [path, merged] of edition) {
    const known = coreEntries.get(path);
    if (known === undefined) {
      entries.push(withVolatile(integrityEntry(merged.entry, merged.layer, 'step', 'overlay')));
      continue;
    }
    const facets = differingFacets(known, merged.entry);
    if (facets.length === 0 && cut.has(path)) facets.push('hard-link');
    if (facets.length === 0) entries.push(withVolatile(known));
    else entries.push(withVolatile(changedEntry(input, known, merged, facets, found)));
  }
  const missing = missingFindings(input, coreEntries, found);
  return { entries, ...found, counts: countsOf(entries, missing, found.violations.length) };
}

type Found = Record<'violations' | 'agreed' | 'records', CoreFinding[]>;

function changedEntry(
  input: EditionInput,
  known: IntegrityEntry,
  { entry, layer }: MergedEntry,
  facets: readonly Facet[],
  found: Found,
): IntegrityEntry {
  const finding = { path: known.path, origin: known.origin, step: layer, facets };
  const { verdict, note } = verdictOn(input, known, facets);
  const noted = note === undefined ? finding : { ...finding, note };
  if (verdict === 'overlay') return integrityEntry(entry, layer, 'step', 'overlay');
  if (verdict === 'agreed') found.agreed.push(noted);
  else if (verdict === 'database') found.records.push(noted);
  else found.violations.push(noted);
  return integrityEntry(entry, layer, verdict === 'violation' ? 'step' : (verdict as 'agreed'), 'modified');
}

function verdictOn(
  input: EditionInput,
  known: IntegrityEntry,
  facets: readonly Facet[],
): { readonly verdict: Verdict; readonly note?: Reason } {
  const reason = agreedReason(input.agreement, known.path);
  if (reason !== undefined) return { verdict: 'agreed', note: reason };
  if (isDisposableCore(known)) return { verdict: 'overlay' };
  const compare = recordComparison(known.path);
  if (compare === undefined || facets.some((facet) => facet !== 'content')) return { verdict: 'violation' };
  const { components, certificates } = input;
  const context: RecordContext = { components, certificates, isOverlay: overlayCheck(input) };
  const problems = compare(
    input.readFile('core', known.path),
    input.readFile('edition', known.path),
    context,
  );
  if (problems.length === 0) return { verdict: 'database' };
  const more = problems.length > 3 ? `, and ${problems.length - 3} more` : '';
  return { verdict: 'violation', note: problems.slice(0, 3).join(', ') + more };
}

const overlayCheck =
  ({ core, edition }: EditionInput) =>
  (path: string): boolean => {
    const canonical = path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/');
    return [path, canonical].some((candidate) => edition.has(candidate) && !core.has(candidate));
  };

/** What upstream shipped is never disposable, wherever it lies. */
function isDisposableCore({ path, type, evidence }: IntegrityEntry): boolean {
  return isDisposable(path) && (evidence === 'clean-build' || type === 'directory');
}

/** Core paths that are gone; returns how many of those the vendor's core holds for good. */
function missingFindings(
  input: EditionInput,
  coreEntries: ReadonlyMap<string, IntegrityEntry>,
  found: Found,
): number {
  let missing = 0;
  for (const known of coreEntries.values()) {
    if (input.edition.has(known.path) || isDisposableCore(known)) continue;
    missing += 1;
    const finding = {
      path: known.path,
      origin: known.origin,
      step: input.removedBy(known.path),
      facets: ['missing'] as const,
    };
    const reason = agreedReason(input.agreement, known.path);
    if (reason === undefined) found.violations.push(finding);
    else found.agreed.push({ ...finding, note: reason });
  }
  return missing;
}

/**
 * Files and links that differ from what the package ships already in the clean build. Maintainer scripts change modes
 * and owners, and turn directories into links; they never rewrite or remove what their package ships.
 */
function shippedFindings({ classification, agreement }: EditionInput): CoreFinding[] {
  const grave = (facet: Facet) => facet === 'content' || facet === 'link' || facet === 'missing';
  const isGrave = ({ path, type, facets }: MemberFinding) =>
    facets.some(grave) && !(type === 'directory' && isDisposable(path));
  return classification.findings
    .filter((finding) => isGrave(finding) && agreedReason(agreement, finding.path) === undefined)
    .map(({ path, origin, facets, layer }) => ({ path, origin, facets, step: layer }));
}

function withVolatile(entry: IntegrityEntry): IntegrityEntry {
  return isVolatile(entry.path) ? { ...entry, volatile: true } : entry;
}

function countsOf(entries: readonly IntegrityEntry[], missing: number, violations: number): IntegrityCounts {
  const counts = { core: 0, overlay: 0, modified: 0, missing, violations };
  for (const entry of entries) counts[entry.class] += 1;
  return counts;
}
