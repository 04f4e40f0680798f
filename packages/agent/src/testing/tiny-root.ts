import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
};

const programs = [
  ...['apt-get', 'apt-mark', 'cat', 'chmod', 'cp', 'diff', 'dpkg', 'dpkg-deb', 'dpkg-query', 'dpkg-split'],
  ...['grep', 'ldconfig', 'ln', 'ls', 'mkdir', 'mv', 'rm', 'sed', 'sh', 'sleep', 'start-stop-daemon'],
  ...['tar', 'test', 'touch', 'true', 'false', 'uname'],
];
/** Source: dpkg's architecture tables, which apt reads too. */
const tables = ['cputable', 'ostable', 'tupletable'].map((name) => `/usr/share/dpkg/${name}`);
const methods = ['file', 'copy', 'store'].map((name) => `/usr/lib/apt/methods/${name}`);

function librariesOf(program: string): string[] {
  try {
    const text = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
  } catch {
    return [];
  }
}

const whole = (path: string) => (path.startsWith('/usr') ? path : `/usr${path}`);

function place(root: string, path: string): void {
  const to = join(root, whole(path));
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  copyFileSync(realpathSync(path), to);
  chmodSync(to, 0o755);
}

const toolbox = [
  'Package: toolbox',
  'Essential: yes',
  'Status: install ok installed',
  'Version: 1.0',
  'Architecture: amd64',
  'Maintainer: nobody <nobody@localhost>',
  'Description: programs of this machine',
  '',
  '',
].join('\n');

/**
 * A root with this machine's own apt, dpkg and shell that dpkg believes to be installed as one package, so that packages with
 * maintainer scripts are really installed by chroot in well under a second.
 */
export function makeTinyRoot(root: string): void {
  for (const path of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'proc',
    'tmp',
    'root',
    'run',
    'dev',
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
  ])
    mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  for (const path of ['info', 'updates', 'triggers', 'alternatives', 'parts'])
    mkdirSync(join(root, 'var/lib/dpkg', path), { recursive: true, mode: 0o755 });
  for (const path of ['var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/log/apt'])
    mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
  writeFileSync(join(root, 'var/lib/dpkg/status'), toolbox);
  writeFileSync(join(root, 'var/lib/dpkg/info/toolbox.list'), '/.\n');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  const found = programs.map((name) =>
    execFileSync('sh', ['-c', `command -v ${name} || command -v /bin/${name}`], { encoding: 'utf8' }).trim(),
  );
  const paths = found.map((path) => (path.startsWith('/') ? path : `/usr/bin/${path}`));
  for (const path of [...paths, ...methods, ...tables]) {
    place(root, path);
    for (const library of librariesOf(path)) place(root, library);
  }
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['urandom', '9'],
  ] as const)
    execFileSync('mknod', ['-m', '666', join(root, 'dev', name), 'c', '1', minor]);
}

/** Installs packages into a root as a build does, with dpkg itself. */
export function installDebs(root: string, debs: readonly string[]): void {
  const inside = mkdtempSync(join(root, 'tmp/debs-'));
  const names = debs.map((deb, index) => {
    const name = `${index}.deb`;
    copyFileSync(deb, join(inside, name));
    return `/${join('tmp', inside.slice(inside.lastIndexOf('/') + 1), name)}`;
  });
  execFileSync('chroot', [root, 'dpkg', '--install', ...names], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  rmSync(inside, { recursive: true });
  for (const name of readdirSync(join(root, 'var/lib/dpkg')))
    if (name.endsWith('-old')) rmSync(join(root, 'var/lib/dpkg', name));
}

export interface TinyDeb {
  readonly name: string;
  readonly version: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Builds a package with dpkg-deb; each script's text is its body. */
export function buildTinyDeb(directory: string, { name, version, fields, files, scripts }: TinyDeb): string {
  const tree = mkdtempSync(join(directory, `${name}-`));
  const put = (path: string, content: string | Buffer, mode: number) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(tree, path), content);
    chmodSync(join(tree, path), mode);
  };
  const control = {
    ...{ Package: name, Version: version, Architecture: 'amd64', Maintainer: 'nobody <nobody@localhost>' },
    ...{ Description: `made for a test`, ...fields },
  };
  const lines = Object.entries(control).map(([key, value]) => `${key}: ${value}\n`);
  put('DEBIAN/control', lines.join(''), 0o644);
  for (const [path, content] of Object.entries(files ?? {}))
    put(path, content, path.includes('/bin/') || path.includes('health.d') ? 0o755 : 0o644);
  const configuration = Object.keys(files ?? {}).filter((path) => path.startsWith('/etc/'));
  if (configuration.length > 0) put('DEBIAN/conffiles', `${configuration.join('\n')}\n`, 0o644);
  for (const [script, body] of Object.entries(scripts ?? {}))
    put(`DEBIAN/${script}`, `#!/bin/sh\nset -e\n${body}\n`, 0o755);
  chmodSync(tree, 0o755);
  const deb = join(directory, `${name}_${version}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, deb], {
    env: { ...environment, SOURCE_DATE_EPOCH: '1700000000' },
    stdio: 'ignore',
  });
  rmSync(tree, { recursive: true });
  return deb;
}
