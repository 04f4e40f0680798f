/** dpkg's diversions: what another package ships at `from` is put at `to`; `by` keeps the place for itself. */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  /** The diverting package, or `:` for the administrator. */
  readonly by: string;
}

/** Parses `/var/lib/dpkg/diversions`: three lines for each. Source: dpkg-divert(1). */
export function parseDiversions(text: string): Diversion[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const found: Diversion[] = [];
  for (let at = 0; at + 2 < lines.length; at += 3)
    found.push({ from: lines[at] ?? '', to: lines[at + 1] ?? '', by: lines[at + 2] ?? '' });
  return found;
}

/** Where dpkg puts a path that a package ships. */
export function divertedPath(path: string, packageName: string, diversions: readonly Diversion[]): string {
  const diversion = diversions.find(({ from, by }) => from === path && by !== packageName);
  return diversion?.to ?? path;
}
