import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A maker of .swu images: a key, and the certificate that Debian's swupdate trusts it by. */
export interface SwuMaker {
  readonly certificate: string;
  /** Packs a file that is installed at `path`, signed as CMS. */
  make(path: string, content: Uint8Array): Promise<Uint8Array>;
}

export async function swuMaker(directory: string, name = 'maker'): Promise<SwuMaker> {
  const key = join(directory, `${name}.key`);
  const certificate = join(directory, `${name}.pem`);
  const use = ['extendedKeyUsage=emailProtection', 'keyUsage=digitalSignature'];
  run(directory, 'openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'],
    ...['-subj', `/CN=${name}`, '-keyout', key, '-out', certificate],
    ...use.flatMap((extension) => ['-addext', extension]),
  ]);
  return {
    certificate,
    make: async (path, content) => {
      const work = await mkdtemp(join(directory, 'swu-'));
      await writeFile(join(work, 'payload'), content);
      await writeFile(join(work, 'sw-description'), description(path, content));
      const sign = ['cms', '-sign', '-in', 'sw-description', '-out', 'sw-description.sig', '-outform', 'DER'];
      run(work, 'openssl', [...sign, '-signer', certificate, '-inkey', key, '-nosmimecap', '-binary']);
      const files = ['sw-description', 'sw-description.sig', 'payload'];
      return execFileSync('cpio', ['--quiet', '-o', '-H', 'crc'], {
        cwd: work,
        input: `${files.join('\n')}\n`,
      });
    },
  };
}

function description(path: string, content: Uint8Array): string {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return `software = {
  version = "1.0";
  hardware-compatibility: [ "1.0" ];
  files: ( { filename = "payload"; path = "${path}"; sha256 = "${sha256}"; } );
}
`;
}

const run = (cwd: string, command: string, args: readonly string[]) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });

/** Debian's swupdate as it comes, told where to poll. */
export interface SwupdateOptions {
  readonly directory: string;
  readonly certificate: string;
  readonly url: string;
  readonly tenant: string;
  readonly controllerId: string;
  readonly token: string;
  /** Further words for its hawkBit part. */
  readonly words?: readonly string[];
}

export interface RunningSwupdate {
  log(): Promise<string>;
  end(): Promise<void>;
}

export async function swupdate(options: SwupdateOptions): Promise<RunningSwupdate> {
  const { directory, certificate, url, tenant, controllerId, token, words = [] } = options;
  const work = await mkdtemp(join(directory, 'run-'));
  const log = join(work, 'log');
  const hawkbit = ['-t', tenant, '-u', url, '-i', controllerId, '-k', token, '-p', '2', ...words];
  const args = ['-v', '-k', certificate, '-H', 'board:1.0', '-u', hawkbit.join(' ')];
  // Its processes share a group, and end with it.
  const child = spawn('sh', ['-c', 'exec "$@" >"$LOG" 2>&1', 'sh', 'swupdate', ...args], {
    cwd: work,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: work, LOG: log },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    log: () => readFile(log, 'utf8').catch(() => ''),
    end: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}
