import { join } from 'node:path';
import { openKeyFile, type Signer } from '@imprint/trust';
import { exists, readBounded } from './files.ts';

/** Where the online key and its passphrase stand: a service signs unattended, so both are the service account's. */
export function onlineKeyFiles(keys: string): { readonly key: string; readonly passphrase: string } {
  return { key: join(keys, 'online.key.json'), passphrase: join(keys, 'online.passphrase') };
}

/** Opens the online key of a state directory; undefined where there is none. @throws TRUST_PASSPHRASE_WRONG */
export async function openOnlineKey(keys: string): Promise<readonly Signer[] | undefined> {
  const files = onlineKeyFiles(keys);
  if (!(await exists(files.key)) || !(await exists(files.passphrase))) return undefined;
  const text = (await readBounded(files.key, 'the online key', 65_536)).toString('utf8');
  const passphrase =
    (await readBounded(files.passphrase, 'its passphrase', 4096)).toString('utf8').split('\n', 1)[0] ?? '';
  return openKeyFile(text, passphrase).signers;
}
