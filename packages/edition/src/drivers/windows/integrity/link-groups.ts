import type { MatchedEntries, MatchedEntry } from './match-entries.ts';
import type { ImageEntry } from './model.ts';

const groupOf = (entry: ImageEntry): string => entry.linkedWith ?? entry.path;

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const members = groups.get(keyOf(item));
    if (members === undefined) groups.set(keyOf(item), [item]);
    else members.push(item);
  }
  return [...groups.values()];
}

const untouched = (members: readonly MatchedEntry[]): number =>
  members.filter(({ known, entry }) => known.sha1 === entry.sha1).length;

/**
 * Names the paths whose hard links are not those known, each with a note. Where a group fell apart, the part with the
 * most untouched paths is the group still; where paths joined, the first known one is whom the others joined. A path
 * that is gone breaks no link: it is missing.
 */
export function differingLinks({ matched, added }: MatchedEntries): Map<string, string> {
  const notes = new Map<string, string>();
  const linked = matched.filter(({ known }) => known.linkedWith !== undefined);
  for (const members of grouped(linked, ({ known }) => groupOf(known))) {
    const parts = grouped(members, ({ entry }) => groupOf(entry));
    const [remaining, ...cut] = parts.toSorted((a, b) => untouched(b) - untouched(a));
    for (const { entry } of cut.flat())
      notes.set(entry.path, `was one file with ${remaining?.[0]?.entry.path}`);
  }
  const knownGroups = new Map(matched.map(({ known, entry }) => [entry.path, groupOf(known)]));
  const found = [...matched.map(({ entry }) => entry), ...added].filter(
    ({ linkedWith }) => linkedWith !== undefined,
  );
  for (const [first, ...others] of grouped(found, groupOf)) {
    if (first === undefined) continue;
    for (const { path } of others)
      if (!knownGroups.has(path) || knownGroups.get(path) !== knownGroups.get(first.path))
        notes.set(path, `became one file with ${first.path}`);
    if (!knownGroups.has(first.path)) notes.set(first.path, `has ${others.length + 1} names`);
  }
  return notes;
}
