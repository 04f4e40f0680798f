import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Packages of which the archive keeps an older version beside the newest: base, point release, security. */
export const pairNames = [
  'bind9-libs',
  'curl',
  'libarchive13',
  'libc6',
  'libcurl4',
  'libexpat1',
  'libglib2.0-0',
  'libnss3',
  'libpoppler126',
  'libssl3',
  'libxml2',
  'openssh-client',
  'openssl',
  'perl-base',
  'python3.11-minimal',
  'sudo',
  'systemd',
  'tzdata',
] as const;

export interface Pair {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly versions: readonly [string, string];
}

function download(name: string, version: string, directory: string): string {
  const place = join(directory, version.replaceAll(/[^\w.+~-]/g, '_'));
  mkdirSync(place, { recursive: true });
  execFileSync('apt-get', ['download', `${name}=${version}`], { cwd: place, stdio: 'ignore' });
  const [file] = readdirSync(place);
  if (file === undefined) throw new TypeError(`expected ${name} ${version} from the archive`);
  return join(place, file);
}

function versionsOf(name: string): string[] {
  const listed = execFileSync('apt-cache', ['madison', name], { encoding: 'utf8' });
  const versions = listed.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
  return [...new Set(versions)].filter((version) => version !== '');
}

/** Fetches the newest version and the one before it. */
export function fetchPair(name: string, directory: string): Pair {
  const [newest, older] = versionsOf(name);
  if (newest === undefined || older === undefined) throw new TypeError(`expected two versions of ${name}`);
  const place = join(directory, name);
  const [before, after] = [download(name, older, place), download(name, newest, place)];
  return { name, before, after, versions: [older, newest] };
}

/** Fetches the oldest and the newest kernel of this series the archive has: another package for each ABI. */
export function fetchKernelPair(directory: string): Pair {
  const listed = execFileSync('apt-cache', ['pkgnames', 'linux-image-6.1.0-'], { encoding: 'utf8' });
  const abi = (name: string) => Number(/^linux-image-6\.1\.0-(\d+)-amd64$/.exec(name)?.[1] ?? Number.NaN);
  const names = listed.split('\n').filter((name) => abi(name) >= 50);
  const sorted = names.sort((a, b) => abi(a) - abi(b));
  const [old, latest] = [sorted[0], sorted.at(-1)];
  if (old === undefined || latest === undefined || old === latest)
    throw new TypeError('expected two kernels of the archive');
  const file = (name: string) => download(name, versionsOf(name)[0] ?? '', join(directory, name));
  return { name: 'linux-image', before: file(old), after: file(latest), versions: [old, latest] };
}

/** The tree of a package as dpkg leaves it, with its control files where dpkg keeps them. */
export function unpackInstalled(deb: string, root: string): void {
  const info = join(root, 'var/lib/dpkg/info');
  mkdirSync(info, { recursive: true });
  execFileSync('dpkg-deb', ['--extract', deb, root]);
  const control = join(root, 'control');
  execFileSync('dpkg-deb', ['--control', deb, control]);
  const name = execFileSync('dpkg-deb', ['--field', deb, 'Package'], { encoding: 'utf8' }).trim();
  for (const member of readdirSync(control))
    copyFileSync(join(control, member), join(info, `${name}.${member}`));
  renameSync(control, `${root}.control`);
}
