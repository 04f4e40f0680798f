import type { Body } from './bodies.ts';

/** dpkg keeps every member of a control archive as a file, but this one only as a record of its status. */
const notKept = 'control/control';

/** A path without the numbers that a new version changes: `libx.so.1.2` and `libx.so.1.3`, a kernel's modules. */
const withoutNumbers = (path: string) => path.replace(/\d+/g, '#');

function groupBy(bodies: readonly Body[], keyOf: (body: Body) => string): Map<string, Body[]> {
  const groups = new Map<string, Body[]>();
  for (const body of bodies) {
    const group = groups.get(keyOf(body));
    if (group === undefined) groups.set(keyOf(body), [body]);
    else group.push(body);
  }
  return groups;
}

/**
 * Finds for each new file the old one it most likely came from: the same path, the same content, or the same path but for
 * its numbers. A new file without one is left out.
 */
export function pairFiles(before: readonly Body[], after: readonly Body[]): Map<Body, Body> {
  const kept = before.filter(({ path }) => path !== notKept);
  const byPath = groupBy(kept, ({ path }) => path);
  const byContent = groupBy(kept, ({ sha256 }) => sha256);
  const taken = new Set(after.map(({ path }) => path));
  const free = kept.filter(({ path }) => !taken.has(path));
  const byShape = groupBy(free, ({ path }) => withoutNumbers(path));
  const pairs = new Map<Body, Body>();
  for (const body of after) {
    const same = byPath.get(body.path)?.[0];
    const likely =
      same?.sha256 === body.sha256
        ? same
        : (byContent.get(body.sha256)?.[0] ?? same ?? byShape.get(withoutNumbers(body.path))?.shift());
    if (likely !== undefined) pairs.set(body, likely);
  }
  return pairs;
}
