/** True if the path is the pattern's, or below it where the pattern ends in `/**`. */
export function matchesPath(pattern: string, path: string): boolean {
  if (!pattern.endsWith('/**')) return pattern === path;
  const root = pattern.slice(0, -3);
  return path === root || path.startsWith(`${root}/`);
}
