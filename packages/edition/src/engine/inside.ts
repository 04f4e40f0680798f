import { lstatSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const maxLinks = 40;

/**
 * Where an absolute path of the image lies on this machine, links in its directories followed as inside the image;
 * the last part is not followed. The result is always below `root`.
 */
export function resolveInside(root: string, path: string): string {
  const todo = path.split('/').filter((part) => part !== '' && part !== '.');
  let done: string[] = [];
  for (let links = 0; todo.length > 0; ) {
    const part = todo.shift() ?? '';
    if (part === '..') {
      done = done.slice(0, -1);
      continue;
    }
    const link = todo.length > 0 ? linkAt(join(root, ...done, part)) : undefined;
    if (link === undefined) {
      done.push(part);
      continue;
    }
    if (++links > maxLinks) throw new Error(`too many links in ${path}`);
    if (link.startsWith('/')) done = [];
    todo.unshift(...link.split('/').filter((step) => step !== '' && step !== '.'));
  }
  return join(root, ...done);
}

function linkAt(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

export function existsInside(root: string, path: string): boolean {
  return lstatSync(resolveInside(root, path), { throwIfNoEntry: false }) !== undefined;
}

/** Makes the parent directories of a path inside the image (0755, root) and returns where the path lies. */
export function placeInside(root: string, path: string): string {
  const target = resolveInside(root, path);
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent !== '') mkdirSync(join(target, '..'), { recursive: true, mode: 0o755 });
  return target;
}

/** Paths of the image that match, `*` standing for any part of the last name; a leading dot needs to be written. */
export function matchInside(root: string, pattern: string): string[] {
  if (!pattern.includes('*')) return existsInside(root, pattern) ? [pattern] : [];
  const at = pattern.lastIndexOf('/');
  const [directory, name] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const expression = new RegExp(`^${name.split('*').map(escapeExpression).join('.*')}$`);
  const found = dirname(resolveInside(root, `${directory}/name`));
  const names = lstatSync(found, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(found).sort() : [];
  return names
    .filter((entry) => expression.test(entry) && (!entry.startsWith('.') || name.startsWith('.')))
    .map((entry) => `${directory}/${entry}`);
}

function escapeExpression(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
