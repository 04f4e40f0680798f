import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCanonicalDeb } from './canonical-deb.ts';
import { buildOddPackage, dpkgRoot, longName } from './fixture.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-canonical-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (file: string, ...args: string[]) =>
  execFileSync(file, args, { maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });
const place = (name: string) => {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
};

/** Every path with type, mode, owner, links, size, time and target; and every file's content. */
function treeOf(root: string): string {
  const shown = run(
    'find',
    root,
    '-printf',
    '%P %y %m %U %G %n %s %l ',
    '-a',
    '(',
    '-type',
    'd',
    '-printf',
    '\\n',
    '-o',
    '-printf',
    '%T@\\n',
    ')',
  );
  const lines = shown
    .toString()
    .split('\n')
    .filter((line) => !/^var\/lib\/dpkg(\/|$| )/.test(line) || line.startsWith('var/lib/dpkg/info/odd'));
  const sums = run(
    'sh',
    '-c',
    'cd "$1" && find . -type f ! -path "./var/lib/dpkg/[!i]*" -print0 | sort -z | xargs -0 sha256sum',
    'sh',
    root,
  );
  return `${lines
    .map((line) => line.replace(/^(var\/lib\/dpkg\/info\/odd\.list .*) [\d.]+$/, '$1'))
    .sort()
    .join('\n')}\n${sums}`;
}

describe.each(['xz', 'gzip', 'zstd', 'none'])('a package compressed by %s', (compression) => {
  test('has both archives byte for byte in its canonical form, which is always the same', async () => {
    const work = place(`bytes-${compression}`);
    const deb = buildOddPackage(work, 1, [`-Z${compression}`]);
    const made = await writeCanonicalDeb(deb, join(work, 'canonical.deb'));
    expect(made.package).toEqual({ name: 'odd', version: '1.0-1', architecture: 'all' });
    expect(run('ar', 't', made.file).toString()).toBe('debian-binary\ncontrol.tar\ndata.tar\n');
    for (const [member, option] of [
      ['control.tar', '--ctrl-tarfile'],
      ['data.tar', '--fsys-tarfile'],
    ] as const)
      expect(run('ar', 'p', made.file, member).equals(run('dpkg-deb', option, deb))).toBe(true);
    const again = await writeCanonicalDeb(deb, join(work, 'again.deb'));
    expect(again.deb).toEqual(made.deb);
    expect(made.deb.sizeBytes).toBe(statSync(made.file).size);
    expect(run('sha256sum', made.file).toString()).toContain(made.deb.sha256);
  });
});

test('dpkg installs the same from the canonical form: tree, links, modes, conffiles, file list', async () => {
  const work = place('install');
  const deb = buildOddPackage(work, 2);
  const canonical = await writeCanonicalDeb(deb, join(work, 'canonical.deb'));
  const [original, ours] = [dpkgRoot(place('original')), dpkgRoot(place('ours'))];
  original.install(deb);
  ours.install(canonical.file);
  const listed = (root: string) =>
    run('dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-L', 'odd').toString();
  expect(listed(ours.root)).toBe(listed(original.root));
  expect(listed(ours.root)).toContain(`/${longName}\n`);
  expect(treeOf(ours.root)).toBe(treeOf(original.root));
  expect(statSync(join(ours.root, 'usr/bin/odd')).mode & 0o7777).toBe(0o4755);
  expect(statSync(join(ours.root, 'usr/bin/odd-twin')).ino).toBe(
    statSync(join(ours.root, 'usr/bin/odd')).ino,
  );
  const status = (root: string) => readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8');
  expect(status(ours.root)).toBe(status(original.root));
  expect(status(ours.root)).toContain('Conffiles:\n /etc/odd/odd.conf');
});

test('apt reads the canonical form as it reads the original', async () => {
  const work = place('apt');
  const deb = buildOddPackage(work, 1);
  const canonical = await writeCanonicalDeb(deb, join(work, 'canonical.deb'));
  const described = (file: string) =>
    run('dpkg-deb', '--info', file)
      .toString()
      .replace(/^.*debian package.*$|^ size .*$/gm, '');
  expect(described(canonical.file)).toBe(described(deb));
  expect(run('apt-get', 'install', '--simulate', canonical.file).toString()).toContain('Inst odd (1.0-1');
});

test('pax headers, fifos and odd lengths stay as they are', async () => {
  const work = place('pax');
  const tree = join(work, 'tree');
  mkdirSync(join(tree, 'deep/'.repeat(40)), { recursive: true });
  writeFileSync(join(tree, 'deep/'.repeat(40), 'name'), 'content');
  symlinkSync('x'.repeat(200), join(tree, 'link'));
  run('mkfifo', join(tree, 'fifo'));
  writeFileSync(
    join(work, 'control'),
    'Package: pax\nVersion: 1\nArchitecture: all\nMaintainer: P <p@example.invalid>\nDescription: pax\n',
  );
  writeFileSync(join(work, 'debian-binary'), '2.0\n');
  run('tar', '-C', work, '-cf', join(work, 'control.tar'), './control');
  run('tar', '-C', tree, '--format=posix', '-cf', join(work, 'data.tar'), '.');
  writeFileSync(join(work, 'data.tar'), 'x', { flag: 'a' });
  const members = ['debian-binary', 'control.tar', 'data.tar'].map((name) => join(work, name));
  run('ar', 'rcD', join(work, 'pax.deb'), ...members);
  const made = await writeCanonicalDeb(join(work, 'pax.deb'), join(work, 'canonical.deb'));
  expect(run('ar', 'p', made.file, 'data.tar').equals(readFileSync(join(work, 'data.tar')))).toBe(true);
  expect(made.deb.sizeBytes % 2).toBe(0);
});

test('what is no package is refused and leaves nothing', async () => {
  const file = join(directory, 'none.deb');
  writeFileSync(file, 'no package');
  const out = join(directory, 'none-canonical.deb');
  await expect(writeCanonicalDeb(file, out)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect(() => statSync(out)).toThrow('ENOENT');
});

test('a package without an architecture is refused', async () => {
  const work = place('nameless');
  mkdirSync(join(work, 'tree/DEBIAN'), { recursive: true });
  writeFileSync(join(work, 'tree/DEBIAN/control'), 'Package: nameless\nVersion: 1\n');
  const members = { 'control.tar': join(work, 'tree/DEBIAN'), 'data.tar': join(work, 'tree') };
  for (const [name, tree] of Object.entries(members))
    run('tar', '-C', tree, '-cf', join(work, name), '--exclude=DEBIAN', '.');
  writeFileSync(join(work, 'debian-binary'), '2.0\n');
  const file = join(work, 'nameless.deb');
  run('ar', 'rcD', file, ...['debian-binary', 'control.tar', 'data.tar'].map((name) => join(work, name)));
  await expect(writeCanonicalDeb(file, join(work, 'out.deb'))).rejects.toMatchObject({
    code: 'PACK_DEB_MALFORMED',
  });
});
