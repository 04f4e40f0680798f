import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DefinitionsManifest, definitionsPath } from '@imprint/protocol';
import { type Metadata, parseEnvelope, type RootSigned, verifyDefinitions } from '@imprint/trust';
import { exists, readBounded } from '../ceremony/files.ts';

const maximumBytes = 256 * 1024;
const isName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);

async function names(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [] as string[])).filter(isName).sort();
}

/** What a ring of a provider serves, verified as a device would; undefined where it serves nothing. @throws TRUST_DEFINITIONS_* */
export async function publishedDefinitions(
  repository: string,
  root: Metadata<RootSigned>,
  where: { readonly edition: string; readonly provider: string; readonly ring: string },
): Promise<DefinitionsManifest | undefined> {
  const file = join(repository, definitionsPath(where.edition, where.provider, where.ring));
  if (!(await exists(file))) return undefined;
  const envelope = parseEnvelope(await readBounded(file, 'definitions', maximumBytes));
  return verifyDefinitions(envelope, root, where);
}

/** Every set an edition serves, by provider and ring. @throws TRUST_DEFINITIONS_* */
export async function listDefinitions(
  repository: string,
  root: Metadata<RootSigned>,
  edition: string,
): Promise<DefinitionsManifest[]> {
  const found: DefinitionsManifest[] = [];
  const top = join(repository, 'antivirus', edition);
  for (const provider of await names(top)) {
    for (const ring of await names(join(top, provider))) {
      const one = await publishedDefinitions(repository, root, { edition, provider, ring });
      if (one !== undefined) found.push(one);
    }
  }
  return found;
}
