/** Edits (insert, delete, replace, swap of neighbours) between two words. Source: optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** Returns the candidate nearest to what was typed; of equals, the first in the list. */
export function nearest(typed: string, candidates: readonly string[]): string {
  let best = candidates[0] ?? '';
  for (const candidate of candidates) {
    if (editDistance(typed, candidate) < editDistance(typed, best)) best = candidate;
  }
  return best;
}

/** As `nearest`, and a dash where there is nothing to choose from. */
export function nearestOf(typed: string, candidates: readonly string[]): string {
  return candidates.length === 0 ? '–' : nearest(typed, candidates);
}
