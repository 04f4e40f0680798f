import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeLock, openContentStore, readLock } from '@imprint/edition';
import { type DebianLock, isWindowsLock } from '@imprint/protocol';
import { parties } from '../../../src/start/facts.ts';
import { runProcess } from '../imprint-process.ts';

/** A package of the edition's own, as it is put together. */
export interface OwnPackage {
  readonly name: string;
  readonly version: string;
  /** Scripts by their path in the package. */
  readonly scripts: Readonly<Record<string, string>>;
  /** What dpkg runs when it has unpacked it. */
  readonly postinst?: string;
}

/** A release as it stands on the channel. */
export interface Released {
  readonly version: string;
  readonly sha256: string;
  /** Where the build put its artifacts. */
  readonly directory: string;
}

function makeDeb({ name, version, scripts, postinst }: OwnPackage, to: string): string {
  const tree = mkdtempSync(join(tmpdir(), 'imprint-own-package-'));
  const control = [
    ...[`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: nobody'],
    'Description: a part of the edition',
  ];
  mkdirSync(join(tree, 'DEBIAN'));
  writeFileSync(join(tree, 'DEBIAN/control'), `${control.join('\n')}\n`);
  if (postinst !== undefined) writeFileSync(join(tree, 'DEBIAN/postinst'), postinst, { mode: 0o755 });
  for (const [path, text] of Object.entries(scripts)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text, { mode: 0o755 });
  }
  const deb = join(to, `${name}_${version}.deb`);
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1764000000' };
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, deb], { stdio: 'ignore', env });
  rmSync(tree, { recursive: true });
  return deb;
}

export interface ReleaseWishes {
  readonly version: string;
  readonly ownPackage: OwnPackage;
  readonly passwordMinLength: number;
}

/** The lock of the release that stands with another version, another policy and a package of the edition's own. */
async function nextLock(home: string, wishes: ReleaseWishes): Promise<DebianLock> {
  const lock = await standingLock(home);
  const { name } = wishes.ownPackage;
  const deb = makeDeb(wishes.ownPackage, home);
  const blob = await openContentStore(join(home, 'store')).putFile(deb);
  const { manifest, inputs } = lock;
  const { version, passwordMinLength } = wishes;
  const component = {
    role: 'other',
    name,
    supplier: 'Agency',
    origin: 'local',
    file: `../${name}.deb`,
  } as const;
  return {
    ...lock,
    version,
    inputs: [
      ...inputs.filter((one) => one.name !== name),
      { role: 'component' as const, name, ...blob },
    ].sort((a, b) => (`${a.role} ${a.name}` < `${b.role} ${b.name}` ? -1 : 1)),
    manifest: {
      ...manifest,
      version,
      policy: { ...manifest.policy, passwordMinLength },
      components: [...(manifest.components ?? []).filter((one) => one.name !== name), component],
      // Devices are brought to it in place: nobody needs its disk.
      outputs: ['rootfs'],
    },
  };
}

/** Builds a lock, proposes, has everyone approve, and publishes, each as a command. */
export async function releaseLock(home: string, lock: DebianLock): Promise<Released> {
  const imprint = async (...args: string[]) => {
    const ran = await runProcess('imprint', [...args, '--home', home]);
    if (ran.code !== 0)
      throw new Error(`${args.join(' ')}: ${ran.stderr.slice(-2000)}${ran.stdout.slice(-2000)}`);
    return JSON.parse(ran.stdout);
  };
  const { version } = lock;
  const file = join(home, `${version}.lock.json`);
  writeFileSync(file, encodeLock(lock));
  const { directory } = await imprint('edition', 'build', file);
  const proposed = ['release', 'propose', directory, '--channel', 'stable', '--by', 'operator'];
  const { id, sha256 } = await imprint(...proposed);
  for (const party of parties) {
    const key = ['--key', party, '--passphrase-file', join(home, 'keys', `${party}.passphrase`)];
    await imprint('release', 'approve', id, ...key, '--sha256', sha256);
  }
  await imprint('release', 'publish', id);
  return { version, sha256, directory };
}

/** Releases the edition that stands with something changed. */
export const release = async (home: string, wishes: ReleaseWishes): Promise<Released> =>
  releaseLock(home, await nextLock(home, wishes));

/** The lock that a home's edition stands at. */
export async function standingLock(home: string): Promise<DebianLock> {
  const lock = await readLock(join(home, 'edition.lock.json'));
  if (isWindowsLock(lock)) throw new TypeError('the sample is a Debian edition');
  return lock;
}
