import { join } from 'node:path';
import { type Metadata, parseMetadata, type RootSigned } from '@imprint/trust';
import { repositoryNames } from '../tuf/repository.ts';
import { readOptional } from './files.ts';
import type { ReleasePaths } from './paths.ts';

const maximumBytes = 512 * 1024;

/**
 * The root that devices of this home go by: the published one, or before the first publication the one that was signed here;
 * undefined where there is neither.
 * @throws TRUST_TUF_MALFORMED
 */
export async function readHomeRoot(
  paths: Pick<ReleasePaths, 'repository' | 'root'>,
): Promise<Metadata<RootSigned> | undefined> {
  const published = await readOptional(join(paths.repository, repositoryNames.latestRoot), maximumBytes);
  const bytes = published ?? (await readOptional(join(paths.root, 'root.json'), maximumBytes));
  return bytes === undefined ? undefined : parseMetadata(bytes, 'root');
}
