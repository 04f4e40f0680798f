import type { DebianLock, LockedPackage } from '@imprint/protocol';
import type { EditionDiff } from '../diff/model.ts';
import type { Figure, PatchScan, PatchUpdate, SeverityFeed, SourceState } from './model.ts';

const packagesOf = ({ base, packages }: DebianLock) => [...base, ...packages];

/** A name without its numbers: `linux-image-6.12.48+deb13-amd64` and its successor are alike. */
const stem = ({ name, source, architecture }: LockedPackage) =>
  `${source.name} ${name.replace(/\d+/g, '#').replace(/(#[.+~-]?)+/g, '#')} ${architecture}`;

/**
 * Gives packages that only changed their name (kernels, libraries) the new one, so that the two versions can be
 * compared; `was` holds the old names by the new.
 */
export function alignRenamed(
  from: DebianLock,
  to: DebianLock,
): { readonly from: DebianLock; readonly was: ReadonlyMap<string, string> } {
  const [before, after] = [packagesOf(from), packagesOf(to)];
  const [names, newNames] = [before, after].map((list) => new Set(list.map(({ name }) => name)));
  const added = new Map(after.filter(({ name }) => !names?.has(name)).map((item) => [stem(item), item.name]));
  const was = new Map<string, string>();
  const rename = (item: LockedPackage): LockedPackage => {
    const next = newNames?.has(item.name) ? undefined : added.get(stem(item));
    if (next === undefined || was.has(next)) return item;
    was.set(next, item.name);
    return { ...item, name: next };
  };
  return { from: { ...from, base: from.base.map(rename), packages: from.packages.map(rename) }, was };
}

/** The updates of a difference, each with where it comes from and what it fixes. */
export function updatesOf(
  { packages: { changed } }: Pick<EditionDiff, 'packages'>,
  to: DebianLock,
  was: ReadonlyMap<string, string>,
  feed: SeverityFeed | undefined,
): PatchUpdate[] {
  const archives = new Map(packagesOf(to).map(({ name, archive }) => [name, archive]));
  return changed.map(({ name, from, to: version, direction, source, cves }) => {
    const old = was.get(name);
    return {
      name,
      ...(old === undefined ? {} : { was: old }),
      from,
      to: version,
      direction,
      archive: archives.get(name) ?? 'base',
      source,
      ...(cves === undefined
        ? {}
        : {
            cves: cves.map((id) => {
              const severity = feed?.severities[id];
              return severity === undefined ? { id } : { id, severity };
            }),
          }),
    };
  });
}

/** Counts, and the verdict they support; what was not observed is unknown, never zero. */
export function figuresOf(
  sources: readonly SourceState[],
  updates: readonly PatchUpdate[],
): Pick<PatchScan, 'counts' | 'fixedCves' | 'verdict'> {
  const isKnown = (archive: string) =>
    sources.some((source) => source.archive === archive && source.state === 'fetched');
  const count = (archive: PatchUpdate['archive']): Figure =>
    isKnown(archive) ? updates.filter((update) => update.archive === archive).length : 'unknown';
  const newer = updates.filter(({ direction }) => direction === 'newer');
  const complete =
    sources.length > 0 &&
    sources.every(({ state }) => state === 'fetched') &&
    newer.every(({ cves }) => cves !== undefined);
  const cves = new Set(newer.flatMap((update) => (update.cves ?? []).map(({ id }) => id)));
  const isOpen = cves.size > 0 || newer.some(({ archive }) => archive === 'security');
  return {
    counts: { base: count('base'), updates: count('updates'), security: count('security') },
    fixedCves: complete ? cves.size : 'unknown',
    verdict: isOpen ? 'open' : complete ? 'none' : 'unknown',
  };
}
