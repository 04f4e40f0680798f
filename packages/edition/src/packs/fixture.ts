import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export const longName = `usr/share/odd/${'long-directory/'.repeat(12)}${'n'.repeat(200)}`;

/** Bytes that look like a program's: the same for a seed, little of them repeats. */
export function programBytes(sizeBytes: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, n) =>
    createHash('sha256').update(`${seed} ${n}`).digest(),
  );
  return Buffer.concat(blocks, sizeBytes);
}

/** A program after a rebuild: every 400 bytes an address moved, and a function was put in. */
export function rebuilt(program: Buffer): Buffer {
  const moved = Buffer.from(program);
  for (let at = 100; at < moved.length; at += 400) moved[at] = ((moved[at] ?? 0) + 16) % 256;
  const middle = Math.floor(moved.length / 2);
  return Buffer.concat([moved.subarray(0, middle), programBytes(700, 'new'), moved.subarray(middle)]);
}

const program = programBytes(1_500_000, 'program');

const numbers = programBytes(30_000, 'text').toString('hex');
const gzipped = (content: string, options: readonly string[]) =>
  execFileSync('gzip', [...options], { input: content });

/** Versions 1 and 2 of a package with everything that a package's tree may hold, devices left out. */
function filesOf(version: 1 | 2): Readonly<Record<string, string | Buffer>> {
  const text = (name: string) => `${name}\n`.repeat(300);
  return {
    'etc/odd/odd.conf': `value = ${version}\n# kept by hand\n`,
    'etc/odd/same.conf': 'same = yes\n',
    'usr/bin/odd': version === 1 ? program : rebuilt(program),
    'usr/lib/odd/empty': '',
    'usr/lib/odd/one-byte': 'x',
    'usr/lib/odd/block': 'b'.repeat(512),
    [`usr/lib/odd/libodd.so.1.${version}`]: programBytes(40_000, 'library'),
    'usr/share/doc/odd/changelog': `${version === 2 ? 'odd (2) news\n\n' : ''}${text('odd (1) first')}`,
    'usr/share/doc/odd/NEWS.gz': gzipped(`${version === 2 ? 'news of 2\n' : ''}${numbers}`, ['-9n']),
    'usr/share/doc/odd/fast.gz': gzipped(`${version} ${numbers}`, ['-1']),
    'usr/share/doc/odd/copyright': text('copyright'),
    'usr/share/odd/政务.txt': text('政务'),
    [longName]: text('deep'),
    ...(version === 1
      ? { 'usr/share/odd/gone': 'gone' }
      : { 'usr/share/odd/new': programBytes(3000, 'data') }),
  };
}

const scripts = {
  preinst: '#!/bin/sh\nset -e\n',
  postinst: '#!/bin/sh\nset -e\n',
  conffiles: '/etc/odd/odd.conf\n/etc/odd/same.conf\n',
};

function control(version: number): string {
  return [
    'Package: odd',
    `Version: ${version}.0-1`,
    'Architecture: all',
    'Maintainer: Odd <odd@example.invalid>',
    'Description: odd package',
    ' With a tree of odd files.',
    '',
  ].join('\n');
}

function sumsOf(files: Readonly<Record<string, string | Buffer>>): string {
  const lines = Object.entries(files).map(
    ([path, content]) => `${createHash('md5').update(content).digest('hex')}  ${path}\n`,
  );
  return lines.sort().join('');
}

/** Sets every time, links too, so that the same tree gives the same package. */
function setTimes(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink()) lutimesSync(path, 1_700_000_000, 1_700_000_000);
    else if (entry.isDirectory()) setTimes(path);
    else utimesSync(path, 1_700_000_000, 1_700_000_000);
  }
  utimesSync(directory, 1_700_000_000, 1_700_000_000);
}

/** Builds the odd package with dpkg-deb: hard and symbolic links, a setuid program, conffiles, long and empty names. */
export function buildOddPackage(
  directory: string,
  version: 1 | 2,
  options: readonly string[] = ['-Zxz'],
): string {
  const tree = join(directory, `tree-${version}`);
  const deb = join(directory, `odd_${version}${options.join('')}.deb`);
  const at = (path: string) => join(tree, path);
  rmSync(tree, { recursive: true, force: true });
  const files = filesOf(version);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content, { mode: 0o644 });
  }
  chmodSync(at('usr/bin/odd'), 0o4755);
  linkSync(at('usr/bin/odd'), at('usr/bin/odd-twin'));
  symlinkSync('odd', at('usr/bin/odd-link'));
  symlinkSync(`/${'far/'.repeat(40)}away`, at('usr/lib/odd/far'));
  mkdirSync(at('var/lib/odd'), { recursive: true });
  chmodSync(at('var/lib/odd'), 0o1777);
  mkdirSync(at('DEBIAN'));
  for (const [name, content] of Object.entries({
    ...scripts,
    control: control(version),
    md5sums: sumsOf(files),
  }))
    writeFileSync(at(`DEBIAN/${name}`), content, { mode: /inst$/.test(name) ? 0o755 : 0o644 });
  setTimes(tree);
  execFileSync('dpkg-deb', ['--root-owner-group', ...options, '--build', tree, deb], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SOURCE_DATE_EPOCH: '1700000000' },
  });
  return deb;
}

/** A root of its own in which dpkg installs; scripts run outside of it. */
export function dpkgRoot(directory: string): { readonly root: string; install(deb: string): void } {
  const root = join(directory, 'root');
  for (const part of ['info', 'updates']) mkdirSync(join(root, 'var/lib/dpkg', part), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  const options = [`--root=${root}`, '--force-script-chrootless', '--force-not-root', '--force-confold'];
  return {
    root,
    install(deb) {
      execFileSync('dpkg', [...options, '--force-bad-path', '--install', deb], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      });
    },
  };
}
