import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { platformError } from '../errors.ts';

/** The account a private cluster runs as; absent when node itself is not root, and the cluster then shares its account. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses whom PostgreSQL runs as: it refuses root, so root hands it to `postgres`, else to `nobody`.
 * @throws DB_ACCOUNT_MISSING
 */
export function databaseAccount(passwd = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync(passwd, 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { name, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw platformError('DB_ACCOUNT_MISSING');
}

/** Options that make a child process run as the account, with no supplementary groups. */
export function asAccount(account: Account | undefined): { uid?: number; gid?: number; cwd: string } {
  return account === undefined ? { cwd: '/' } : { uid: account.uid, gid: account.gid, cwd: '/' };
}

/** True when the account can enter the directory, or run the file: asked of the kernel, not guessed from modes. */
export function canReach(account: Account | undefined, path: string): boolean {
  return spawnSync('test', ['-x', path], { ...asAccount(account), stdio: 'ignore' }).status === 0;
}

/** Gives a file or directory to the cluster's account. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}
