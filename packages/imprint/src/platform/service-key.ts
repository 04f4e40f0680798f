import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyFile, type Signer } from '@imprint/trust';

/** Where a service's key and its passphrase stand: a service signs unattended, so both are the service account's. */
export function serviceKeyFiles(
  keys: string,
  holder: string,
): { readonly key: string; readonly passphrase: string } {
  return { key: join(keys, `${holder}.key.json`), passphrase: join(keys, `${holder}.passphrase`) };
}

/** Opens a service's key; undefined where it has none. @throws TRUST_PASSPHRASE_WRONG, TRUST_KEY_FILE_* */
export async function openServiceKey(keys: string, holder: string): Promise<readonly Signer[] | undefined> {
  const files = serviceKeyFiles(keys, holder);
  const [text, passphrase] = await Promise.all([readBounded(files.key), readBounded(files.passphrase)]);
  if (text === undefined || passphrase === undefined) return undefined;
  return openKeyFile(text, passphrase.split('\n', 1)[0] ?? '').signers;
}

const maximumBytes = 65_536;

async function readBounded(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(maximumBytes), 0, maximumBytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}
