import { join } from 'node:path';
import { publicKeyName } from '@imprint/edition';
import type { HomePaths } from '../home.ts';
import { exists } from './exists.ts';

/** The public half of the key that signs this home's apt suites; undefined before `imprint patch key`. */
export async function ownArchiveKey({
  home,
}: {
  readonly home: Pick<HomePaths, 'keys'>;
}): Promise<string | undefined> {
  const file = join(home.keys, 'apt', publicKeyName);
  return (await exists(file)) ? file : undefined;
}
