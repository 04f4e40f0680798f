import { foldPath } from '../formats/wim/wim-path.ts';
import type { ImageEntry } from './model.ts';

/** A path that both images have; their spelling may differ. */
export interface MatchedEntry {
  readonly known: ImageEntry;
  readonly entry: ImageEntry;
}

/** How the paths of two images correspond. */
export interface MatchedEntries {
  readonly matched: readonly MatchedEntry[];
  readonly missing: readonly ImageEntry[];
  readonly added: readonly ImageEntry[];
}

/** Pairs the paths of two images: those spelled alike first, then those Windows takes for the same. */
export function matchEntries(known: readonly ImageEntry[], found: readonly ImageEntry[]): MatchedEntries {
  const unmatched = new Map(known.map((entry) => [entry.path, entry]));
  const matched: MatchedEntry[] = [];
  const others: ImageEntry[] = [];
  for (const entry of found) {
    const same = unmatched.get(entry.path);
    if (same === undefined) others.push(entry);
    else matched.push({ known: same, entry });
    unmatched.delete(entry.path);
  }
  const folded = new Map([...unmatched.values()].map((entry) => [foldPath(entry.path), entry]));
  const added: ImageEntry[] = [];
  for (const entry of others) {
    const same = folded.get(foldPath(entry.path));
    if (same === undefined) added.push(entry);
    else matched.push({ known: same, entry });
    folded.delete(foldPath(entry.path));
  }
  const paired = new Set(matched.map((pair) => pair.known));
  return { matched, missing: known.filter((entry) => !paired.has(entry)), added };
}
