import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DebianLock, LockedPackage } from '@imprint/protocol';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { runToolText } from '../tools/run-tool.ts';

/** A made-up upstream for tests: real packages of this machine's own programs, so that dpkg and the presses really run. */
export interface TinyDebian {
  readonly directory: string;
  readonly store: ContentStore;
  readonly lock: DebianLock;
}

interface TinyPackage {
  readonly name: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly programs?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

const epoch = 1_700_000_000;

const unit = '[Unit]\nDescription=Tiny\n[Service]\nExecStart=/bin/true\n';
const units = ['systemd-networkd.service', 'systemd-networkd-wait-online.service'];

const base: readonly TinyPackage[] = [
  {
    name: 'toolbox',
    fields: { Essential: 'yes' },
    programs: [
      'sh',
      'rm',
      'cat',
      'mkdir',
      'diff',
      'tar',
      'dpkg',
      'dpkg-deb',
      'dpkg-split',
      'dpkg-query',
      'ldconfig',
      'start-stop-daemon',
    ],
    files: {
      '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
      '/etc/group': 'root:x:0:\n',
      '/usr/lib/os-release': 'ID=tiny\n',
      '/usr/share/zoneinfo/Asia/Shanghai': 'TZif2\n',
      '/usr/sbin/locale-gen':
        '#!/bin/sh\nset -e\nmkdir -p /usr/lib/locale\ncat /etc/locale.gen > /usr/lib/locale/locale-archive\n',
      ...Object.fromEntries(units.map((name) => [`/usr/lib/systemd/system/${name}`, unit])),
    },
  },
  { name: 'needed', scripts: { postinst: '#!/bin/sh\nset -e\necho made > /etc/needed.conf\n' } },
  {
    name: 'needing',
    fields: { 'Pre-Depends': 'needed' },
    scripts: { preinst: '#!/bin/sh\ncat /etc/needed.conf\n' },
  },
];

const extra: readonly TinyPackage[] = [
  {
    name: 'libpam-pwquality',
    fields: { Depends: 'needing' },
    files: { '/etc/pwquality.conf': '# minlen = 8\n' },
    scripts: { postinst: '#!/bin/sh\necho abc > /etc/machine-id\n' },
  },
];

const boot = Object.fromEntries(
  [
    '/usr/lib/shim/shimx64.efi.signed',
    '/usr/lib/shim/mmx64.efi.signed',
    '/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed',
  ].map((path) => [path, `signed ${path}`]),
);

const tools: readonly TinyPackage[] = [
  {
    name: 'press-tools',
    programs: ['mksquashfs', 'mke2fs', 'debugfs'],
    files: {
      ...boot,
      '/etc/mke2fs.conf':
        '[defaults]\nbase_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr\n[fs_types]\next4 = {\nfeatures = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize\n}\n',
      '/usr/lib/grub/i386-pc/boot.img': 'b'.repeat(512),
      '/usr/bin/grub-mkimage':
        '#!/bin/sh\nfor last; do case $before in --output) to=$last;; --config) from=$last;; esac; before=$last; done\ncat /usr/lib/grub/i386-pc/boot.img "$from" > "$to"\n',
    },
  },
];

async function libraries(program: string): Promise<string[]> {
  const text = await runToolText(['ldd', program], { accept: [0, 1] });
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap((match) => match[1] ?? []);
}

async function addProgram(tree: string, name: string): Promise<void> {
  const path = (await runToolText(['sh', '-c', `command -v ${name}`])).trim();
  const place = async (from: string) => {
    const to = join(tree, from.startsWith('/usr') ? from : `/usr${from}`);
    await mkdir(dirname(to), { recursive: true });
    if ((await stat(to).catch(() => undefined)) === undefined) await copyFile(await realpath(from), to);
  };
  await place(path);
  // Loaded by name when a thread ends, so ldd does not list it.
  const runtime = (await runToolText(['sh', '-c', 'ls /usr/lib/*/libgcc_s.so.1'])).trim();
  for (const library of [...(await libraries(path)), runtime]) await place(library);
}

async function buildPackage(directory: string, described: TinyPackage): Promise<string> {
  const { name, fields = {}, programs = [], files = {}, scripts = {} } = described;
  const tree = join(directory, name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  for (const program of programs) await addProgram(tree, program);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
    if (text.startsWith('#!')) await chmod(join(tree, path), 0o755);
  }
  if (name === 'toolbox')
    for (const part of [
      'proc',
      'dev',
      'tmp',
      'etc',
      'root',
      'var/lib/dpkg/info',
      'var/lib/dpkg/updates',
      'var/lib/dpkg/triggers',
    ])
      await mkdir(join(tree, part), { recursive: true });
  const control = {
    Package: name,
    Version: '1.0',
    Architecture: 'amd64',
    Maintainer: 'nobody',
    Description: 'tiny',
    ...fields,
  };
  const text = Object.entries(control).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), text.join(''));
  for (const [script, content] of Object.entries(scripts)) {
    await writeFile(join(tree, 'DEBIAN', script), content);
    await chmod(join(tree, 'DEBIAN', script), 0o755);
  }
  const file = join(directory, `${name}.deb`);
  const env = { SOURCE_DATE_EPOCH: String(epoch - 1000) };
  await runToolText(['dpkg-deb', '--root-owner-group', '-Zgzip', '-z1', '--build', tree, file], { env });
  await rm(tree, { recursive: true });
  return file;
}

async function lockPackages(directory: string, store: ContentStore, described: readonly TinyPackage[]) {
  const locked: LockedPackage[] = [];
  for (const one of described) {
    const { sha256, sizeBytes } = await store.putFile(await buildPackage(directory, one));
    const { name } = one;
    const source = { name, version: '1.0' };
    locked.push({
      name,
      version: '1.0',
      architecture: 'amd64',
      source,
      archive: 'base',
      path: `${name}.deb`,
      sha256,
      sizeBytes,
    });
  }
  return locked.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Makes the packages and a lock over them in a new directory below `parent`. */
export async function makeTinyDebian(parent: string): Promise<TinyDebian> {
  const directory = await mkdtemp(join(parent, 'tiny-debian-'));
  const store = openContentStore(join(directory, 'store'));
  const lock: DebianLock = {
    lockVersion: 1,
    edition: 'tiny',
    version: '2026.11.0',
    architecture: 'amd64',
    sourceDateEpoch: epoch,
    archives: [],
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'tiny',
      version: '2026.11.0',
      title: { en: 'Tiny', 'zh-CN': '微型版' },
      base: { debian: { suite: 'trixie', profile: 'server-minimal' } },
      locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
      trust: { profile: 'intl' },
      policy: { passwordMinLength: 12, coreDumps: false },
      services: { imprint: 'https://imprint.example.gov' },
      outputs: ['rootfs', 'squashfs', 'disk'],
    },
    base: await lockPackages(directory, store, base),
    packages: await lockPackages(directory, store, extra),
    tools: await lockPackages(directory, store, tools),
    inputs: [],
  };
  return { directory, store, lock };
}
