import type { MergedEntry, MergedTree } from '../../tree/index.ts';

const groupOf = ({ entry, layer }: MergedEntry): string | undefined =>
  entry.hardlinks === undefined ? undefined : `${layer}:${entry.hardlinks}`;

/**
 * Paths of the core that shared one inode and no longer do: those an upper layer took out of their group. A path that
 * is gone altogether cuts no link.
 */
export function cutHardLinks(core: MergedTree, edition: MergedTree): Set<string> {
  const groups = new Map<string, string[]>();
  for (const [path, value] of core) {
    const group = groupOf(value);
    if (group === undefined || !edition.has(path)) continue;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [path]);
    else members.push(path);
  }
  const cut = new Set<string>();
  for (const members of groups.values()) {
    const now = members.map((path) => {
      const merged = edition.get(path);
      return merged === undefined ? undefined : (groupOf(merged) ?? path);
    });
    if (new Set(now).size < 2) continue;
    for (const path of members) if (edition.get(path)?.layer !== core.get(path)?.layer) cut.add(path);
  }
  return cut;
}
