import type { MergedTree } from '../../tree/index.ts';

const symlinkLimit = 40;

/**
 * Returns the function that maps a path to the one the tree really holds it under: symbolic links in its directories
 * are followed (merged `/usr`: `/bin/ls` → `/usr/bin/ls`), the last segment is not.
 */
export function canonicalPaths(tree: MergedTree): (path: string) => string {
  const directories = new Map<string, string>([['/', '/']]);
  const directory = (path: string, depth: number): string => {
    const known = directories.get(path);
    if (known !== undefined) return known;
    const canonical = join(directory(parentOf(path), depth), nameOf(path));
    const link = tree.get(canonical)?.entry.link;
    const followed =
      link === undefined || depth >= symlinkLimit
        ? canonical
        : directory(resolve(parentOf(canonical), link), depth + 1);
    directories.set(path, followed);
    return followed;
  };
  return (path) => (path === '/' ? path : join(directory(parentOf(path), 0), nameOf(path)));
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** Resolves a link's target against its directory; `..` never leaves the root. */
function resolve(directory: string, link: string): string {
  const parts: string[] = [];
  for (const part of (link.startsWith('/') ? link : `${directory}/${link}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
