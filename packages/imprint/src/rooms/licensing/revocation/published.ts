import { open } from 'node:fs/promises';
import type { LicenceToken, RevocationClaims } from '@imprint/protocol';

const maximumBytes = 8 * 1024 * 1024;

/** The list as it stands published. Nothing of it was verified. */
export interface PublishedList {
  readonly token: LicenceToken;
  readonly claims: RevocationClaims;
}

/** Reads the published list; undefined where there is none, or one that nobody could read. */
export async function readPublished(path: string): Promise<PublishedList | undefined> {
  const text = await readBounded(path);
  if (text === undefined) return undefined;
  try {
    const token = JSON.parse(text) as LicenceToken;
    const payload = Buffer.from(token.token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const claims = JSON.parse(payload) as RevocationClaims;
    const isWhole = Number.isSafeInteger(claims.number) && Number.isSafeInteger(claims.iat);
    return isWhole ? { token, claims } : undefined;
  } catch {
    return undefined;
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > maximumBytes) return undefined;
    return (await handle.readFile()).toString('utf8');
  } finally {
    await handle.close();
  }
}
