import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformError } from '../errors.ts';
import { type Account, giveTo } from './account.ts';

/** `sun_path` holds 108 bytes with its NUL; the server appends `/.s.PGSQL.5432` and a lock suffix. */
const longestDirectory = 107 - '/.s.PGSQL.5432.lock'.length;

/**
 * Makes the cluster's socket directory, 0700: inside the cluster when its path is short enough, else a short one in the
 * system's temporary directory.
 * @throws DB_SOCKET_FOREIGN when somebody else owns it
 */
export async function socketDirectory(cluster: string, account: Account | undefined): Promise<string> {
  const uid = account?.uid ?? process.getuid?.() ?? 0;
  const inside = join(cluster, 'socket');
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, 12);
  const path =
    Buffer.byteLength(inside) <= longestDirectory ? inside : join(tmpdir(), `imprint-${uid}-${hash}`);
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const status = await lstat(path);
  if (!status.isDirectory() || (status.uid !== uid && status.uid !== process.getuid?.())) {
    throw platformError('DB_SOCKET_FOREIGN', { path });
  }
  await giveTo(account, path);
  await chmod(path, 0o700);
  return path;
}
