import { keyError } from '../keys/errors.ts';

const maximumDepth = 64;
const loneSurrogate = /\p{Surrogate}/u;

function refuse(got: string, path: string): never {
  throw keyError('TRUST_CANONICAL_JSON', { got, path: path === '' ? 'the top' : path });
}

function text(value: string, path: string): string {
  // UTF-8 has no lone surrogates: two different strings would get the same bytes.
  if (loneSurrogate.test(value)) refuse('text with a lone surrogate', path);
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const plain = /^[\x20-\x7e]*$/;

function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  // UTF-16 order differs from code point order only beyond ASCII.
  return keys.every((key) => plain.test(key)) ? keys.sort() : keys.sort(byCodePoint);
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function write(value: unknown, path: string, depth: number, out: string[]): void {
  if (depth > maximumDepth) refuse('deeper nesting', path);
  if (typeof value === 'string') out.push(text(value, path));
  else if (value === null || typeof value === 'boolean') out.push(String(value));
  else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) refuse('a number that is no safe integer', path);
    out.push(String(value));
  } else if (Array.isArray(value)) writeList(value, path, depth, out);
  else if (typeof value === 'object' && isPlainObject(value)) writeObject(value, path, depth, out);
  else refuse(typeof value, path);
}

function writeList(value: readonly unknown[], path: string, depth: number, out: string[]): void {
  out.push('[');
  for (let index = 0; index < value.length; index++) {
    if (index > 0) out.push(',');
    write(value[index], `${path}/${index}`, depth + 1, out);
  }
  out.push(']');
}

function writeObject(value: object, path: string, depth: number, out: string[]): void {
  out.push('{');
  let separator = '';
  for (const key of sortedKeys(value)) {
    out.push(separator, text(key, path), ':');
    write((value as Record<string, unknown>)[key], `${path}/${key}`, depth + 1, out);
    separator = ',';
  }
  out.push('}');
}

/**
 * Encodes a JSON value as OLPC canonical JSON, the bytes that TUF signatures cover.
 *
 * Keys are in code point order; only `"` and `\` are escaped; there is no white space.
 * Control characters stay raw, so these bytes are for signing and hashing, not for reading back as JSON.
 * @throws TRUST_CANONICAL_JSON for a float, `undefined`, a lone surrogate, or more than 64 levels.
 * Source: TUF 1.0.34 §4.2.
 */
export function canonicalJson(value: unknown): Uint8Array {
  const out: string[] = [];
  write(value, '', 0, out);
  return Buffer.from(out.join(''));
}
