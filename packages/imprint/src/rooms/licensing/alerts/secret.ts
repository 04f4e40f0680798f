import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, writeDurably } from '../../../platform/files.ts';

const secretBytes = 32;

/**
 * Reads the secret that webhook secrets are derived from, and makes it at the first start. Servers that share a database share
 * this file, or each signs differently.
 */
export async function ensureWebhookSecret(keys: string): Promise<Uint8Array> {
  const path = join(keys, 'webhook.secret');
  const kept = await read(path);
  if (kept !== undefined) return kept;
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const mine = `${path}.${randomBytes(6).toString('hex')}`;
  await writeDurably(mine, `${randomBytes(secretBytes).toString('base64url')}\n`, 0o600);
  try {
    // Of two servers that start together one makes it, and it is whole before it has its name.
    await link(mine, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(keys);
  } finally {
    await rm(mine, { force: true });
  }
  const made = await read(path);
  if (made === undefined) throw new Error(`${path} was made and is gone`);
  return made;
}

async function read(path: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length !== secretBytes) throw new Error(`${path} holds no secret of ${secretBytes} bytes`);
  return secret;
}

/** The signing key of one target: HKDF-SHA-256 (RFC 5869) of the server's secret. */
export function targetKey(secret: Uint8Array, targetId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `imprint/webhook/v1 ${targetId}`, secretBytes));
}

/** A key as it is handed out. Source: Standard Webhooks 1.0.0, "Signature scheme". */
export function secretText(key: Uint8Array): string {
  return `whsec_${Buffer.from(key).toString('base64')}`;
}

/** Headers that sign one webhook. Source: Standard Webhooks 1.0.0, "Webhook headers". */
export function webhookHeaders(
  key: Uint8Array,
  { id, body, at }: { readonly id: string; readonly body: Uint8Array; readonly at: Date },
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
