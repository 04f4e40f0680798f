import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../files.ts';
import { type Account, canReach } from './account.ts';

export interface LocationOptions {
  readonly home: string;
  readonly account: Account | undefined;
  /** The setting `IMPRINT_DATABASE_DIR`. */
  readonly chosen?: string | undefined;
  /** Where clusters go whose account cannot reach the home. */
  readonly fallbackParent?: string;
}

/**
 * Decides where a private cluster lives: the chosen directory, else `<home>/database`, else a fresh directory below
 * `/var/lib/imprint` when the home is closed to the cluster's account. The choice is kept in `<home>/database/location.json`.
 */
export async function clusterLocation(options: LocationOptions): Promise<string> {
  const preferred = options.chosen ?? join(options.home, 'database');
  await mkdir(preferred, { recursive: true });
  if (options.account === undefined) return realpath(preferred);
  const note = join(preferred, 'location.json');
  if (existsSync(note)) {
    const { directory } = JSON.parse(readFileSync(note, 'utf8')) as { directory: string };
    await mkdir(directory, { recursive: true, mode: 0o711 });
    return realpath(directory);
  }
  await chmod(preferred, 0o711);
  if (canReach(options.account, preferred)) return realpath(preferred);
  const directory = join(options.fallbackParent ?? '/var/lib/imprint', randomBytes(6).toString('hex'));
  await mkdir(directory, { recursive: true, mode: 0o711 });
  await chmod(directory, 0o711);
  await writeDurably(note, `${JSON.stringify({ directory })}\n`);
  return realpath(directory);
}
