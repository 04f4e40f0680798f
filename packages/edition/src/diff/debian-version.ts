/**
 * Compares two Debian versions as dpkg does: negative if `a` is older, 0 if they are equal, positive if it is newer.
 *
 * Source: Debian Policy §5.6.12; deb-version(7).
 */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function splitVersion(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

const isDigit = (character: string) => character >= '0' && character <= '9';

/** `~` sorts before the end of a part, letters before all else, everything else by its code. */
function rank(character: string | undefined): number {
  if (character === undefined || isDigit(character)) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** Compares by turns what is not digits, by rank, and what is, by value. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i] ?? '')) || (j < b.length && !isDigit(b[j] ?? ''))) {
      const difference = rank(a[i]) - rank(b[j]);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const [left, right] = [digitsAt(a, i), digitsAt(b, j)];
    i += left.length;
    j += right.length;
    const difference = compareNumbers(left.replace(/^0+/, ''), right.replace(/^0+/, ''));
    if (difference !== 0) return difference;
  }
  return 0;
}

function digitsAt(text: string, at: number): string {
  let end = at;
  while (end < text.length && isDigit(text[end] ?? '')) end += 1;
  return text.slice(at, end);
}

/** Digits without leading zeros, of any length: the longer number is the larger. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
