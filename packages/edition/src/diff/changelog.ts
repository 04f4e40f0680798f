import { compareDebianVersions } from './debian-version.ts';

export interface ChangelogEntry {
  readonly version: string;
  /** CVE ids the entry names, sorted. */
  readonly cves: readonly string[];
}

/** Splits a changelog into its entries, as they stand (newest first). Source: deb-changelog(5). */
export function parseChangelog(text: string): ChangelogEntry[] {
  const entries: { version: string; body: string[] }[] = [];
  for (const line of text.split('\n')) {
    const version = /^\S+ \(([^()\s]+)\) [^;]*;/.exec(line)?.[1];
    if (version !== undefined) entries.push({ version, body: [] });
    else entries.at(-1)?.body.push(line);
  }
  return entries.map(({ version, body }) => ({ version, cves: cvesIn(body.join('\n')) }));
}

function cvesIn(text: string): string[] {
  return [...new Set(text.match(/\bCVE-[0-9]{4}-[0-9]{4,}\b/g) ?? [])].sort(byYearAndNumber);
}

/** Orders CVE ids as people count them: `CVE-2024-9999` before `CVE-2024-10000`. */
export function byYearAndNumber(a: string, b: string): number {
  const [, yearA = 0, numberA = 0] = a.split('-').map(Number);
  const [, yearB = 0, numberB = 0] = b.split('-').map(Number);
  return yearA - yearB || numberA - numberB;
}

/**
 * CVE ids named by entries newer than `after`, up to and with `upTo`. An id that an older entry names too was dealt
 * with before and is not among them.
 */
export function cvesBetween(text: string, after: string, upTo: string): string[] {
  const earlier = new Set<string>();
  const found = new Set<string>();
  for (const { version, cves } of parseChangelog(text)) {
    if (compareDebianVersions(version, upTo) > 0) continue;
    const into = compareDebianVersions(version, after) > 0 ? found : earlier;
    for (const cve of cves) into.add(cve);
  }
  return [...found].filter((cve) => !earlier.has(cve)).sort(byYearAndNumber);
}
