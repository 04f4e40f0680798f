import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../../platform/files.ts';
import { organisationError } from '../errors.ts';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * Reads the key that seals people's second factors from `<keys>/sealing.key`, mode 0600; makes it at the first start.
 * Servers that start together agree on one.
 * @throws ORGANISATION_SEALING_KEY_BROKEN
 */
export async function ensureSealingKey(keys: string): Promise<Buffer> {
  const file = join(keys, 'sealing.key');
  const kept = await readKey(file);
  if (kept !== undefined) return kept;
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
  await writeDurably(fresh, `${randomBytes(keyBytes).toString('base64url')}\n`, 0o600);
  try {
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  const made = await readKey(file);
  if (made === undefined) throw organisationError('ORGANISATION_SEALING_KEY_BROKEN', { file });
  return made;
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(100), 0, 100, 0);
    const key = Buffer.from(buffer.toString('latin1', 0, bytesRead).trim(), 'base64url');
    if (key.length !== keyBytes) throw organisationError('ORGANISATION_SEALING_KEY_BROKEN', { file });
    return key;
  } finally {
    await handle.close();
  }
}

/** Seals a secret of somebody with AES-256-GCM; it opens for the same owner only. */
export function seal(key: Buffer, owner: string, secret: Uint8Array): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Opens what `seal` made. @throws ORGANISATION_SEALED_UNREADABLE */
export function unseal(key: Buffer, owner: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const end = bytes.length - tagBytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, end)), decipher.final()]);
  } catch (error) {
    throw organisationError('ORGANISATION_SEALED_UNREADABLE', {}, { cause: error });
  }
}
