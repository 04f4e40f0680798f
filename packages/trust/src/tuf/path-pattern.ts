/** True when one path segment matches a pattern of `*` and `?`, in time linear in both. */
function segmentMatches(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') [star, mark] = [p++, t];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, t] = [star + 1, ++mark];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** True when a target path matches a delegation's pattern; no wildcard crosses a `/`. Source: TUF 1.0.34 §4.5, PATHPATTERN. */
export function pathMatches(pattern: string, path: string): boolean {
  const patterns = pattern.split('/');
  const segments = path.split('/');
  return (
    patterns.length === segments.length &&
    segments.every((segment, index) => segmentMatches(patterns[index] ?? '', segment))
  );
}

/** True for a relative path of plain segments: what may become a file name or an address. */
export function isSafePath(path: string): boolean {
  return (
    path.length <= 512 &&
    path.split('/').every((part) => /^[A-Za-z0-9._+~-]+$/.test(part) && !/^\.{1,2}$/.test(part))
  );
}
