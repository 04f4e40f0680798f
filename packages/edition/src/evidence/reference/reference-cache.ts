import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage } from '@imprint/protocol';
import { type ContentStore, writeFileDurably } from '../../store/index.ts';
import { evidenceError } from '../errors.ts';
import { originOf, type PackageReference } from './model.ts';
import { readReference } from './read-reference.ts';

/** dpkg-deb decompresses in a process of its own; two keep both cores of a small machine busy. */
const concurrency = 2;

export interface ReferenceContext {
  readonly store: ContentStore;
  readonly cacheDir: string;
  readonly signal?: AbortSignal | undefined;
  /** Called after each package; `cached` tells whether it had been read before. */
  readonly onPackage?: ((done: number, total: number, cached: boolean) => void) | undefined;
}

/**
 * The reference of every package, in the order given. Each is computed once from the verified bytes in the store and
 * kept for ever under the package's digest.
 *
 * @throws STORE_BLOB_MISSING, STORE_BLOB_DAMAGED, EVIDENCE_PACKAGE_MISMATCH, EVIDENCE_TAR_MALFORMED
 */
export async function referencesOf(
  packages: readonly Pick<LockedPackage, 'name' | 'version' | 'sha256'>[],
  context: ReferenceContext,
): Promise<PackageReference[]> {
  await mkdir(join(context.cacheDir, 'reference'), { recursive: true });
  const results: PackageReference[] = new Array(packages.length);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < packages.length; at = next++) {
      context.signal?.throwIfAborted();
      const wanted = packages[at];
      if (wanted === undefined) continue;
      const { reference, cached } = await referenceOf(wanted.sha256, context);
      if (originOf(reference) !== originOf(wanted))
        throw evidenceError('EVIDENCE_PACKAGE_MISMATCH', {
          expected: originOf(wanted),
          got: originOf(reference),
          sha256: wanted.sha256,
        });
      results[at] = reference;
      done += 1;
      context.onPackage?.(done, packages.length, cached);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

/** The reference of one blob of the store, whatever package it turns out to be. */
export async function referenceOf(
  sha256: string,
  context: ReferenceContext,
): Promise<{ readonly reference: PackageReference; readonly cached: boolean }> {
  const file = join(context.cacheDir, 'reference', `${sha256}.json`);
  const cached = await readCached(file, sha256);
  if (cached !== undefined) return { reference: cached, cached: true };
  // Reading checks the digest, and names a missing or damaged blob by code.
  if (!(await context.store.verify(sha256))) await context.store.read(sha256);
  const reference = await readReference(context.store.path(sha256), sha256, context.signal);
  await mkdir(join(context.cacheDir, 'reference'), { recursive: true });
  await writeFileDurably(file, JSON.stringify(reference));
  return { reference, cached: false };
}

async function readCached(file: string, sha256: string): Promise<PackageReference | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as PackageReference;
    return value.schema === 'imprint/reference/v1' && value.sha256 === sha256 ? value : undefined;
  } catch {
    return undefined;
  }
}
