import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileDurably } from '../store/index.ts';
import { runTool, runToolText } from '../tools/run-tool.ts';
import { aptError } from './errors.ts';

/** File names beside the private half: what devices are given. */
export const publicKeyName = 'archive-key.pgp';

export interface AptKey {
  /** Fingerprint in hexadecimal digits. */
  readonly fingerprint: string;
  /** The public half as a keyring that `Signed-By` takes. */
  readonly keyring: string;
}

/**
 * Runs work with a GNUPGHOME of its own and ends the agent that gpg starts. The home is reached by a short name: the
 * agent's socket is below it, and a socket's path holds 107 bytes.
 */
async function withHome<T>(directory: string, work: (gpg: readonly string[]) => Promise<T>): Promise<T> {
  const short = await mkdtemp(join(tmpdir(), 'gpg-'));
  const home = join(short, 'h');
  await symlink(resolve(directory), home);
  try {
    return await work([
      'gpg',
      '--homedir',
      home,
      '--batch',
      '--no-tty',
      '--quiet',
      '--pinentry-mode',
      'loopback',
    ]);
  } finally {
    await runTool(['gpgconf', '--homedir', home, '--kill', 'all'], { accept: [0, 1, 2] });
    await rm(short, { recursive: true, force: true });
  }
}

const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

async function fingerprintOf(gpg: readonly string[]): Promise<string | undefined> {
  const listing = await runToolText([...gpg, '--with-colons', '--list-secret-keys']);
  return /^fpr:+([0-9A-F]{40,64}):/m.exec(listing)?.[1];
}

/**
 * Makes the OpenPGP key (Ed25519, signing only) that signs apt suites; its directory is readable by this account only.
 *
 * @throws APT_KEY_EXISTS
 */
export async function makeAptKey(directory: string, holder: string): Promise<AptKey> {
  const keyring = join(directory, publicKeyName);
  if (await isThere(keyring)) throw aptError('APT_KEY_EXISTS', { directory });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return withHome(directory, async (gpg) => {
    // A run that was killed after making the key goes on with that key.
    if ((await fingerprintOf(gpg)) === undefined) {
      const made = ['--passphrase', '', '--quick-generate-key', holder, 'ed25519', 'sign', 'never'];
      await runTool([...gpg, ...made]);
    }
    const fingerprint = (await fingerprintOf(gpg)) ?? '';
    await writeFileDurably(keyring, (await runTool([...gpg, '--export', fingerprint])).stdout);
    return { fingerprint, keyring };
  });
}

/** Names the key in a directory. @throws APT_KEY_MISSING */
export async function readAptKey(directory: string): Promise<AptKey> {
  const keyring = join(directory, publicKeyName);
  if (!(await isThere(keyring))) throw aptError('APT_KEY_MISSING', { directory });
  const fingerprint = await withHome(directory, fingerprintOf);
  if (fingerprint === undefined) throw aptError('APT_KEY_MISSING', { directory });
  return { fingerprint, keyring };
}

/** Signs a text in place, as an `InRelease` is. @throws APT_KEY_MISSING */
export async function clearSign(directory: string, text: string): Promise<Buffer> {
  const { fingerprint } = await readAptKey(directory);
  return withHome(directory, async (gpg) => {
    const sign = ['--passphrase', '', '--local-user', fingerprint, '--digest-algo', 'SHA512', '--clearsign'];
    return (await runTool([...gpg, ...sign], { input: text })).stdout;
  });
}

/** True when a clear-signed text bears a good signature of a keyring's key. */
export async function isSignedBy(keyring: string, signed: string): Promise<boolean> {
  const argv = ['gpgv', '--keyring', resolve(keyring), '--output', '/dev/null', '-'];
  return (await runTool(argv, { input: signed, accept: [0, 1, 2] })).exitCode === 0;
}
