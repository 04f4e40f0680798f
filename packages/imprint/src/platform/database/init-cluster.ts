import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { platformError } from '../errors.ts';
import { syncDirectory, writeDurably } from '../files.ts';
import { type Account, asAccount, giveTo } from './account.ts';
import type { Binaries } from './binaries.ts';

/** Passwords of a private cluster's logins, kept 0600 beside its data. */
export interface Credentials {
  readonly superuser: string;
  readonly owner: string;
  readonly app: string;
}

export function readCredentials(cluster: string): Credentials {
  return JSON.parse(readFileSync(join(cluster, 'credentials.json'), 'utf8')) as Credentials;
}

/**
 * Makes a cluster in a temporary directory and renames it into place, so that an interrupted start leaves none and of two
 * at once one wins. SCRAM, UTF-8, locale C.UTF-8, data checksums.
 * @throws DB_INIT_FAILED
 */
export async function initCluster(options: {
  directory: string;
  binaries: Binaries;
  account: Account | undefined;
}): Promise<void> {
  const { directory, binaries, account } = options;
  const temporary = `${directory}.${randomBytes(4).toString('hex')}.tmp`;
  const secret = () => randomBytes(24).toString('base64url');
  const credentials: Credentials = { superuser: secret(), owner: secret(), app: secret() };
  try {
    await mkdir(join(temporary, 'data'), { recursive: true, mode: 0o711 });
    await chmod(temporary, 0o711);
    await chmod(join(temporary, 'data'), 0o700);
    await giveTo(account, join(temporary, 'data'));
    const passwordFile = join(temporary, 'password');
    await writeFile(passwordFile, `${credentials.superuser}\n`, { mode: 0o600 });
    await giveTo(account, passwordFile);
    await runInitdb(binaries, account, join(temporary, 'data'), passwordFile);
    await rm(passwordFile);
    await writeDurably(join(temporary, 'credentials.json'), `${JSON.stringify(credentials)}\n`, 0o600);
    await rename(temporary, directory).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(join(directory, 'credentials.json'))) throw error;
    });
    await syncDirectory(dirname(directory));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function runInitdb(
  binaries: Binaries,
  account: Account | undefined,
  data: string,
  passwordFile: string,
): Promise<void> {
  const args = ['-D', data, '-U', 'imprint_cluster', '--pwfile', passwordFile, '-A', 'scram-sha-256'];
  args.push('-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums', '--no-instructions');
  const child = spawn(join(binaries.directory, 'initdb'), args, {
    ...asAccount(account),
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' },
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const outcome = await new Promise<string | number>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
  if (outcome !== 0) throw platformError('DB_INIT_FAILED', { directory: data, outcome, said: said.trim() });
}
