import { createHash } from 'node:crypto';
import { isImprintError } from '@imprint/protocol';
import { createSm3 } from '../digests.ts';
import type { TufCache } from './cache.ts';
import { tufError } from './errors.ts';
import type { Metadata, MetaFile } from './model.ts';

/**
 * Gets a file of the repository by its path relative to the root, such as `metadata/timestamp.json`.
 *
 * Resolves to undefined when there is no such file; reads at most `maxBytes` + 1 bytes, or throws, when it is longer.
 */
export type RepositoryFetch = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** One update, with its start time fixed. Source: TUF 1.0.34 §5.1. */
export interface Session {
  readonly cache: TufCache;
  readonly fetch: RepositoryFetch;
  readonly nowMs: number;
}

/** Fetches at most `maxBytes`. @throws TRUST_TUF_SIZE, TRUST_TUF_UNAVAILABLE when the fetch itself fails */
export async function fetchBounded(
  fetch: RepositoryFetch,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await fetch(path, maxBytes);
  } catch (cause) {
    if (isImprintError(cause)) throw cause;
    throw tufError('TRUST_TUF_UNAVAILABLE', { name: path }, { cause });
  }
  if (bytes !== undefined && bytes.length > maxBytes)
    throw tufError('TRUST_TUF_SIZE', { name: path, limit: maxBytes });
  return bytes;
}

/** Collects a stream of chunks, stopping at the first byte beyond `maxBytes`. @throws TRUST_TUF_SIZE */
export async function collectBounded(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  name: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw tufError('TRUST_TUF_SIZE', { name, limit: maxBytes });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

const hashers = {
  sha256: () => createHash('sha256'),
  sha512: () => createHash('sha512'),
  sm3: createSm3,
} as const;

/** True when every digest known here matches and at least one is. */
export function digestsMatch(bytes: Uint8Array, hashes: Readonly<Record<string, string>>): boolean {
  let known = 0;
  for (const [algorithm, expected] of Object.entries(hashes)) {
    if (!Object.hasOwn(hashers, algorithm)) continue;
    known++;
    const hash = hashers[algorithm as keyof typeof hashers]();
    if (hash.update(bytes).digest('hex') !== expected) return false;
  }
  return known > 0;
}

/** True when bytes have the length and digests that a referrer lists, as far as it lists any. */
export function matchesMeta(bytes: Uint8Array, { length, hashes }: MetaFile): boolean {
  return (
    (length === undefined || bytes.length === length) && (hashes === undefined || digestsMatch(bytes, hashes))
  );
}

/** @throws TRUST_TUF_EXPIRED unless the file expires after the update's start. Source: TUF 1.0.34 §5.3.10, §5.4.4, §5.5.6, §5.6.5. */
export function requireFresh({ signed }: Metadata, name: string, nowMs: number): void {
  if (Date.parse(signed.expires) > nowMs) return;
  throw tufError('TRUST_TUF_EXPIRED', { name, expires: signed.expires, now: new Date(nowMs).toISOString() });
}

/** Resolves to undefined where a kept file is missing, damaged, or no longer trusted: it is then fetched again. */
export async function unlessRefused<T>(load: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (isImprintError(error)) return undefined;
    throw error;
  }
}
