import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { runWimlib } from '../tools/wimlib-run.ts';
import type { ImageEntry, ImageFile } from './model.ts';
import { otherParts } from './read-image.ts';

/** How much is unpacked at a time while looking for damage. */
const chunkBytes = 512 * 1024 * 1024;

interface Content {
  readonly sha1: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** True when these files decompress to the digests the table has for them. */
async function areWhole(
  image: ImageFile,
  contents: readonly Content[],
  signal?: AbortSignal,
): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-damage-'));
  const how = ['--no-globs', '--no-acls', '--no-attributes', `--dest-dir=${directory}`];
  const refs = otherParts(image).map((part) => `--ref=${part}`);
  const args = ['extract', image.file, String(image.index), '@-', ...how, ...refs];
  const input = contents.map(({ path }) => `${path}\n`).join('');
  try {
    await runWimlib({ file: image.file, index: image.index, args, input }, { signal });
    return true;
  } catch (error) {
    if (isImprintError(error, 'WINDOWS_WIM_CORRUPT')) return false;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function chunked(contents: readonly Content[]): Content[][] {
  const chunks: Content[][] = [];
  let room = 0;
  for (const content of contents) {
    if (room < content.sizeBytes) {
      chunks.push([]);
      room = chunkBytes;
    }
    chunks.at(-1)?.push(content);
    room -= content.sizeBytes;
  }
  return chunks;
}

async function damagedOf(
  image: ImageFile,
  contents: readonly Content[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (contents.length === 0 || (await areWhole(image, contents, signal))) return [];
  if (contents.length === 1) return contents.map(({ sha1 }) => sha1);
  const half = Math.ceil(contents.length / 2);
  const first = await damagedOf(image, contents.slice(0, half), signal);
  return [...first, ...(await damagedOf(image, contents.slice(half), signal))];
}

/** Finds the paths whose data is not what the image's own table says, by unpacking ever smaller halves. */
export async function damagedPaths(
  image: ImageFile,
  entries: readonly ImageEntry[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  const contents = new Map<string, Content>();
  for (const { path, sha1, sizeBytes } of entries)
    if (sha1 !== undefined && sizeBytes !== undefined && sizeBytes > 0)
      contents.set(sha1, { sha1, path, sizeBytes });
  const damaged = new Set<string>();
  for (const chunk of chunked([...contents.values()]))
    for (const sha1 of await damagedOf(image, chunk, signal)) damaged.add(sha1);
  return new Set(
    entries.flatMap(({ path, sha1 }) => (sha1 !== undefined && damaged.has(sha1) ? [path] : [])),
  );
}
