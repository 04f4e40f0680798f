function foldUnit(unit: string): string {
  const upper = unit.toUpperCase();
  return upper.length === 1 ? upper : unit;
}

/** Returns a name as the registry compares it: every UTF-16 unit in upper case, one unit for one. */
export function foldName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is meant.
  return /^[\x00-\x7f]*$/.test(name) ? name.toUpperCase() : name.split('').map(foldUnit).join('');
}

/** Orders by UTF-16 units. A key sorts before the keys below it. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the path of a key's parent; the root's own path is empty. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('\\')));
}

/** Returns the path of a key below another. */
export function childPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}\\${name}`;
}

/** Yields a key's ancestors from below the root down, then the key; nothing for the root. */
export function* withAncestors(path: string): Generator<string> {
  if (path === '') return;
  for (let end = path.indexOf('\\'); end !== -1; end = path.indexOf('\\', end + 1)) yield path.slice(0, end);
  yield path;
}

/**
 * Returns the hash by which Windows finds a key in an `lh` list. Source: the Windows registry file format specification
 * (M. Suhanov), "Hash leaf": H = 37·H + upper-cased UTF-16 unit, modulo 2³².
 */
export function nameHash(name: string): number {
  let hash = 0;
  for (const unit of foldName(name).split('')) hash = (Math.imul(hash, 37) + unit.charCodeAt(0)) >>> 0;
  return hash;
}
