import { deflateSync } from 'node:zlib';
import { byYearAndNumber, parseChangelog } from '../diff/changelog.ts';
import { mapLimited } from '../engine/map-limited.ts';
import { readChangelog } from '../evidence/reference/read-reference.ts';
import type { ContentStore } from '../store/index.ts';
import type { SuitePackage } from './model.ts';

/** A CVE and the version of a source package whose changelog first names it. */
export interface FixedCve {
  readonly source: string;
  readonly cve: string;
  readonly version: string;
}

/** A set's CVEs as its own changelogs tell them: fixed ones only. */
export interface FixedCves {
  readonly fixed: readonly FixedCve[];
  /** Binary packages of each source. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** Sources without a readable changelog: what they fixed is unknown. */
  readonly unknown: readonly string[];
}

function sourceOf({ name, control }: SuitePackage): string {
  return /^Source: *([a-z0-9][a-z0-9+.-]*)/im.exec(control)?.[1] ?? name;
}

function fixedIn(source: string, changelog: string): FixedCve[] {
  const first = new Map<string, string>();
  // Newest first: the last one to set it is the oldest entry.
  for (const { version, cves } of parseChangelog(changelog)) for (const cve of cves) first.set(cve, version);
  return [...first]
    .map(([cve, version]) => ({ source, cve, version }))
    .sort((a, b) => byYearAndNumber(a.cve, b.cve));
}

/** Reads every source's changelog once, from the first of its packages that ships it. */
export async function readFixedCves(
  store: ContentStore,
  packages: readonly SuitePackage[],
  signal?: AbortSignal,
): Promise<FixedCves> {
  const bySource = new Map<string, SuitePackage[]>();
  for (const item of packages) bySource.set(sourceOf(item), [...(bySource.get(sourceOf(item)) ?? []), item]);
  const read = await mapLimited([...bySource].sort(), 2, async ([source, members]) => {
    for (const { name, sha256 } of members) {
      const changelog = await readChangelog(store.path(sha256), name, signal);
      if (changelog !== '') return { source, fixed: fixedIn(source, changelog) };
    }
    return { source, fixed: undefined };
  });
  return {
    fixed: read.flatMap(({ fixed = [] }) => fixed),
    sources: new Map([...bySource].map(([source, members]) => [source, members.map(({ name }) => name)])),
    unknown: read.flatMap(({ source, fixed }) => (fixed === undefined ? [source] : [])),
  };
}

/** Encodes the feed that `debsecan` reads; every line says that a fix is there. Source: debsecan, `VERSION 1`. */
export function encodeDebsecanFeed({ fixed, sources }: FixedCves): Buffer {
  const names = [...new Set(fixed.map(({ cve }) => cve))].sort(byYearAndNumber);
  const at = new Map(names.map((cve, index) => [cve, index]));
  const lines = [
    'VERSION 1',
    ...names.map((cve) => `${cve},,`),
    '',
    ...fixed.map(({ source, cve, version }) => `${source},${at.get(cve)},S  F,${version},`),
    '',
    ...[...sources].sort().map(([source, members]) => `${source},${[...new Set(members)].sort().join(' ')}`),
    '',
  ];
  return deflateSync(`${lines.join('\n')}\n`, { level: 9 });
}
