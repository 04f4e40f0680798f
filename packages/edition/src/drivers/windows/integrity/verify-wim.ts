import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isImprintError, type WimIntegrityManifest } from '@imprint/protocol';
import { foldPath } from '../formats/wim/wim-path.ts';
import { verifyWim } from '../tools/wimlib.ts';
import { damagedPaths } from './damaged-content.ts';
import { differingFacets } from './facets.ts';
import { differingLinks } from './link-groups.ts';
import { matchEntries } from './match-entries.ts';
import type { ImageEntry, ImageFile, WimFacet } from './model.ts';
import { readBack } from './read-added.ts';
import { otherParts, readImage } from './read-image.ts';

/** One path of an image that is not what the manifest says; `extra` is a path the manifest does not know. */
export interface ImageFinding {
  readonly path: string;
  readonly facets: readonly (WimFacet | 'extra')[];
}

export interface VerifyWimInput {
  readonly image: ImageFile;
  readonly manifest: WimIntegrityManifest;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares an image with its integrity manifest and names every path that differs, sorted: content by the image's
 * table, by unpacking all of it and, where the edition wrote it, by SHA-256; and the rest by the listing. Content of
 * volatile paths is compared too: an image at rest has not run.
 *
 * @throws WINDOWS_WIM_CORRUPT where the image's metadata cannot be read, WINDOWS_WIM_BLOB_MISSING
 */
export async function verifyWimBuild({ image, manifest, signal }: VerifyWimInput): Promise<ImageFinding[]> {
  const entries = await readImage(image, signal);
  const findings = compareWithManifest(entries, manifest);
  const broken = await damaged(image, entries, signal);
  const readable = entries.filter(({ path }) => !broken.has(path));
  for (const path of [...broken, ...(await rewritten(image, readable, manifest, signal))]) {
    const facets = findings.get(path) ?? [];
    if (!facets.includes('content')) findings.set(path, [...facets, 'content']);
  }
  return [...findings].map(([path, facets]) => ({ path, facets })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function compareWithManifest(
  entries: readonly ImageEntry[],
  manifest: WimIntegrityManifest,
): Map<string, ImageFinding['facets']> {
  const matches = matchEntries(manifest.entries, entries);
  const links = differingLinks(matches);
  const findings = new Map<string, ImageFinding['facets']>();
  for (const { path } of matches.missing) findings.set(path, ['missing']);
  for (const { path } of matches.added) findings.set(path, ['extra']);
  for (const pair of matches.matched) {
    const { path } = pair.entry;
    const facets: WimFacet[] = [...differingFacets(pair), ...(links.has(path) ? (['links'] as const) : [])];
    if (facets.length > 0) findings.set(path, facets);
  }
  return findings;
}

/** Paths whose data is not what the image's own table says. */
async function damaged(
  image: ImageFile,
  entries: readonly ImageEntry[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    await verifyWim(image.file, { refs: otherParts(image), signal });
    return new Set();
  } catch (error) {
    if (!isImprintError(error, 'WINDOWS_WIM_CORRUPT')) throw error;
    const found = await damagedPaths(image, entries, signal);
    // Damage that no path of this image has is still damage.
    if (found.size === 0) throw error;
    return found;
  }
}

/** Paths of the edition whose bytes do not have the digest the manifest states. */
async function rewritten(
  image: ImageFile,
  entries: readonly ImageEntry[],
  manifest: WimIntegrityManifest,
  signal?: AbortSignal,
): Promise<string[]> {
  const written = manifest.entries.filter(({ sha256 }) => sha256 !== undefined);
  const same = new Map(entries.map(({ path, sha1 }) => [foldPath(path), sha1]));
  const unchanged = written.filter(({ path, sha1 }) => same.get(foldPath(path)) === sha1);
  const workDir = await mkdtemp(join(tmpdir(), 'imprint-verify-'));
  try {
    const paths = unchanged.map(({ path }) => path);
    const found = await readBack(image, entries, paths, { workDir, signal });
    return unchanged
      .filter(({ path, sha256 }) => found.get(foldPath(path))?.sha256 !== sha256)
      .map(({ path }) => path);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
