import { type EditionLock, isWindowsLock, type LockedPackage } from '@imprint/protocol';
import { readChangelog } from '../evidence/reference/read-reference.ts';
import type { ContentStore } from '../store/index.ts';
import { byYearAndNumber, cvesBetween } from './changelog.ts';
import { compareDebianVersions } from './debian-version.ts';
import type { CveChange, EditionDiff, PackageChange } from './model.ts';

const concurrency = 2;

export interface DiffContext {
  /** Where the packages of both locks are looked for; without it CVEs are unknown. */
  readonly store?: ContentStore | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Pair {
  readonly from: LockedPackage;
  readonly to: LockedPackage;
}

const byName = <T extends { readonly name: string }>(a: T, b: T) => (a.name < b.name ? -1 : 1);
/** A Windows image's packages are the vendor's own business: such a lock names none. */
const packagesOf = (lock: EditionLock) => {
  const packages = isWindowsLock(lock) ? [] : [...lock.base, ...lock.packages];
  return new Map(packages.map((item) => [`${item.name}:${item.architecture}`, item]));
};

/** Compares two locks' packages and reads the changelogs of those that changed. */
export async function diffPackages(
  from: EditionLock,
  to: EditionLock,
  context: DiffContext,
): Promise<Pick<EditionDiff, 'packages' | 'cves'>> {
  const [before, after] = [packagesOf(from), packagesOf(to)];
  const versionOf = ({ name, version }: LockedPackage) => ({ name, version });
  const absentIn = (one: Map<string, LockedPackage>, other: Map<string, LockedPackage>) =>
    [...one]
      .filter(([key]) => !other.has(key))
      .map(([, item]) => versionOf(item))
      .sort(byName);
  const pairs = [...after].flatMap(([key, item]): Pair[] => {
    const earlier = before.get(key);
    return earlier === undefined || earlier.sha256 === item.sha256 ? [] : [{ from: earlier, to: item }];
  });
  const cves = await cvesBySource(pairs, context);
  const changed = pairs.map((pair) => changeOf(pair, cves.get(sourceKey(pair)))).sort(byName);
  return {
    packages: { added: absentIn(after, before), removed: absentIn(before, after), changed },
    cves: cveSummary(changed),
  };
}

function directionOf({ from, to }: Pair): PackageChange['direction'] {
  const order = compareDebianVersions(to.version, from.version);
  return order > 0 ? 'newer' : order < 0 ? 'older' : 'same';
}

function changeOf(pair: Pair, cves: readonly string[] | undefined): PackageChange {
  const { from, to } = pair;
  return {
    name: to.name,
    from: from.version,
    to: to.version,
    direction: directionOf(pair),
    source: to.source.name,
    ...(cves === undefined ? {} : { cves }),
  };
}

const sourceKey = ({ from, to }: Pair) => `${to.source.name} ${from.source.version} ${to.source.version}`;

/** Packages of one source share a changelog: it is read once, from the first of them that ships it. */
async function cvesBySource(
  pairs: readonly Pair[],
  context: DiffContext,
): Promise<Map<string, readonly string[]>> {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(sourceKey(pair), [...(groups.get(sourceKey(pair)) ?? []), pair]);
  const pending = [...groups];
  const found = new Map<string, readonly string[]>();
  const work = async () => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      context.signal?.throwIfAborted();
      const cves = await cvesOfGroup(next[1], context);
      if (cves !== undefined) found.set(next[0], cves);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return found;
}

async function cvesOfGroup(
  pairs: readonly Pair[],
  { store, signal }: DiffContext,
): Promise<readonly string[] | undefined> {
  for (const pair of pairs) {
    // The newer package's changelog tells of both; it stands on the older side where a package went back.
    const [older, newer] = directionOf(pair) === 'older' ? [pair.to, pair.from] : [pair.from, pair.to];
    if (store === undefined || !(await store.verify(newer.sha256))) continue;
    const changelog = await readChangelog(store.path(newer.sha256), newer.name, signal);
    if (changelog !== '') return cvesBetween(changelog, older.source.version, newer.source.version);
  }
  return undefined;
}

function cveSummary(changed: readonly PackageChange[]): EditionDiff['cves'] {
  const collect = (wanted: PackageChange['direction']): CveChange[] => {
    const sources = new Map<string, Set<string>>();
    for (const { direction, source, cves } of changed)
      for (const id of direction === wanted ? (cves ?? []) : [])
        sources.set(id, (sources.get(id) ?? new Set()).add(source));
    return [...sources]
      .sort(([a], [b]) => byYearAndNumber(a, b))
      .map(([id, names]) => ({ id, sources: [...names].sort() }));
  };
  const unknown = changed.filter(({ cves }) => cves === undefined).map(({ name }) => name);
  return { closed: collect('newer'), reopened: collect('older'), unknown };
}
