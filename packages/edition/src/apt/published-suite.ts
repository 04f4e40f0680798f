import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStanzas } from '../evidence/reference/stanzas.ts';
import { byHashName, parseRelease } from './index-files.ts';
import type { ReleaseHead } from './model.ts';

const largestIndexBytes = 64 * 1024 * 1024;

/** A suite as its tree shows it to clients. */
export interface PublishedSuite {
  readonly inRelease: string;
  readonly head: ReleaseHead;
  /** Versions by `name:architecture`; undefined when the index is not there or too large. */
  readonly versions: ReadonlyMap<string, string> | undefined;
}

async function readBounded(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined || found.size > largestIndexBytes ? undefined : readFile(file, 'utf8');
}

/** Reads what a suite stands at, or undefined before its first publication. */
export async function readPublishedSuite(tree: string, ring: string): Promise<PublishedSuite | undefined> {
  const directory = join(tree, 'dists', ring);
  const inRelease = await readBounded(join(directory, 'InRelease'));
  const head = inRelease === undefined ? undefined : parseRelease(inRelease);
  if (inRelease === undefined || head === undefined) return undefined;
  const path = 'main/binary-amd64/Packages';
  const index = await readBounded(join(directory, byHashName(path, head.sha256.get(path) ?? '')));
  const versions =
    index === undefined
      ? undefined
      : new Map(
          parseStanzas(index).map((stanza): [string, string] => [
            `${stanza.get('package')}:${stanza.get('architecture')}`,
            stanza.get('version') ?? '',
          ]),
        );
  return { inRelease, head, versions };
}
