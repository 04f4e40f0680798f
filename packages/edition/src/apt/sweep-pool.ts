import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStanzas } from '../evidence/reference/stanzas.ts';
import { aptError } from './errors.ts';

const largestIndexBytes = 64 * 1024 * 1024;

/** What a sweep took out of a pool. */
export interface SweptPool {
  readonly packages: number;
  readonly sizeBytes: number;
}

const namesIn = (directory: string): Promise<string[]> =>
  readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });

async function readIndex(file: string): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > largestIndexBytes) throw aptError('APT_INDEX_UNREADABLE', { file });
  return readFile(file);
}

/** Digests of the packages that an index names; none of its compressed form, which names the same. */
async function namedBy(file: string): Promise<string[]> {
  const bytes = await readIndex(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [];
  return parseStanzas(bytes.toString('utf8')).map((stanza) => {
    const sha256 = /^pool\/[0-9a-f]{2}\/([0-9a-f]{64})\//.exec(stanza.get('filename') ?? '')?.[1];
    if (sha256 === undefined) throw aptError('APT_INDEX_UNREADABLE', { file });
    return sha256;
  });
}

/** Digests that any index names that a client may still hold: the present ones, and those replaced within their keep time. */
async function namedPackages(tree: string): Promise<Set<string>> {
  const named = new Set<string>();
  for (const ring of await namesIn(join(tree, 'dists'))) {
    const directory = join(tree, 'dists', ring, 'main/binary-amd64/by-hash/SHA256');
    for (const name of await namesIn(directory)) {
      for (const sha256 of await namedBy(join(directory, name))) named.add(sha256);
    }
  }
  return named;
}

/**
 * Removes the packages of an edition's pool that no index names any more, of any ring; indexes that were replaced count until their
 * own keep time is over. Nobody may publish into the tree meanwhile. An index that cannot be read leaves the pool as it is.
 *
 * @throws APT_INDEX_UNREADABLE
 */
export async function sweepPool(tree: string): Promise<SweptPool> {
  const named = await namedPackages(tree);
  const swept = { packages: 0, sizeBytes: 0 };
  for (const prefix of await namesIn(join(tree, 'pool'))) {
    for (const sha256 of await namesIn(join(tree, 'pool', prefix))) {
      if (named.has(sha256) || !/^[0-9a-f]{64}$/.test(sha256)) continue;
      const directory = join(tree, 'pool', prefix, sha256);
      for (const file of await namesIn(directory))
        swept.sizeBytes += (await stat(join(directory, file))).size;
      await rm(directory, { recursive: true, force: true });
      swept.packages += 1;
    }
  }
  return swept;
}
