import type { TarMember } from '../evidence/tar/read-tar.ts';
import { collect, visitPressedTree } from '../evidence/tar/visit-tar.ts';
import { zstdFrame } from '../outputs/zstd.ts';
import { chooseFiles, identitiesIn, type TreeIndex } from './choose-files.ts';
import { type CpioEntry, cpioArchive } from './cpio.ts';
import { neededLibraries } from './elf.ts';
import { deployError } from './errors.ts';

const largestFile = 256 * 1024 * 1024;
const compression = 6;

export interface InstallerOptions {
  /** The release's root tree, `.tar.zst`. */
  readonly rootfs: string;
  /** Seconds, for every timestamp. */
  readonly epoch: number;
  /** What the installer knows of the release it came for; goes to `/etc/imprint/installer.json`. */
  readonly identity: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Installer {
  readonly kernelVersion: string;
  readonly kernel: Buffer;
  readonly initrd: Buffer;
  /** False: this kernel reads no USB disks. */
  readonly hasUsbStorage: boolean;
}

const isRead = (path: string) =>
  /^usr\/lib\/x86_64-linux-gnu\/[^/]+\.so(\.[^/]+)?$/.test(path) ||
  /^usr\/(bin\/(node|kmod|dash)|lib64\/[^/]+)$/.test(path);

/** First pass: names, what each program asks for, and the tables of modules. */
async function indexTree({ rootfs, signal }: InstallerOptions): Promise<TreeIndex> {
  const members = new Map<string, TarMember>();
  const needed = new Map<string, string[]>();
  const texts = new Map<string, string>();
  await visitPressedTree(
    rootfs,
    (member) => {
      members.set(member.name, member);
      if (isRead(member.name))
        return collect(largestFile, (bytes) => void needed.set(member.name, neededLibraries(bytes)));
      if (/^(usr\/lib\/modules\/[^/]+\/modules\.dep|etc\/machine-id)$/.test(member.name))
        return collect(largestFile, (bytes) => void texts.set(member.name, bytes.toString('utf8')));
      return undefined;
    },
    signal,
  );
  const found = identitiesIn(members.keys(), texts.get('etc/machine-id') ?? '');
  if (found.length > 0)
    throw deployError('DEPLOY_IDENTITY_IN_IMAGE', { paths: found.map((path) => `/${path}`).join(', ') });
  const tables = [...texts.keys()].filter((path) => path.endsWith('modules.dep')).sort();
  const dependencies = tables.at(-1);
  if (dependencies === undefined) throw deployError('DEPLOY_FILE_ABSENT', { path: '/usr/lib/modules' });
  const kernel = dependencies.split('/')[3] ?? '';
  return { members, needed, moduleDependencies: texts.get(dependencies) ?? '', kernel };
}

/** Second pass: the bytes of what was chosen, and of the kernel. */
async function takeFiles(
  { rootfs, signal }: InstallerOptions,
  { members, kernel }: TreeIndex,
  chosen: ReadonlySet<string>,
) {
  const contents = new Map<string, Buffer>();
  const image = `boot/vmlinuz-${kernel}`;
  await visitPressedTree(
    rootfs,
    ({ name, type }) =>
      type === 'file' && (chosen.has(name) || name === image)
        ? collect(largestFile, (bytes) => void contents.set(name, bytes))
        : undefined,
    signal,
  );
  const bytes = contents.get(image);
  if (bytes === undefined) throw deployError('DEPLOY_FILE_ABSENT', { path: `/${image}` });
  const entries = [...chosen].flatMap((path): CpioEntry[] => {
    const member = members.get(path) as TarMember | undefined;
    if (member === undefined || member.type === 'directory') return [];
    if (member.type === 'symlink')
      return [{ path, type: 'symlink', mode: 0o777, content: Buffer.from(member.link) }];
    const source = member.type === 'hardlink' ? member.link.replace(/^\.?\//, '') : path;
    const content = contents.get(source);
    return content === undefined ? [] : [{ path, type: 'file', mode: member.mode, content }];
  });
  return { bytes, entries };
}

/** The first program: mounts what Node needs, and hands over. It opens no shell to anybody. */
const init = `#!/bin/sh
export PATH=/usr/lib/klibc/bin:/usr/sbin:/usr/bin LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
while :; do
  /usr/bin/node /usr/lib/imprint-agent/imprint-agent.mjs install
  next=
  read -r next </run/imprint-next || :
  case $next in
    poweroff) poweroff ;;
    reboot) reboot ;;
  esac
  [ -n "$next" ] && break
  echo 'imprint: press Enter to try again · 按 Enter 键重试'
  read -r next || sleep 60
done
while :; do sleep 60; done
`;

const text = (path: string, content: string, mode = 0o644): CpioEntry => ({
  path,
  type: 'file',
  mode,
  content: Buffer.from(content),
});
const folder = (path: string): CpioEntry => ({
  path,
  type: 'directory',
  mode: 0o755,
  content: Buffer.alloc(0),
});

/**
 * Makes a kernel and a first root that install a release, from nothing but files of that release's own root tree. The
 * same release gives the same bytes.
 *
 * @throws DEPLOY_FILE_ABSENT, DEPLOY_IDENTITY_IN_IMAGE, TOOL_MISSING, TOOL_FAILED, EVIDENCE_TAR_MALFORMED
 */
export async function pressInstaller(options: InstallerOptions): Promise<Installer> {
  const index = await indexTree(options);
  const chosen = chooseFiles(index);
  const { bytes, entries } = await takeFiles(options, index, chosen);
  const own = [
    text('init', init, 0o755),
    text('etc/imprint/installer.json', `${JSON.stringify(options.identity)}\n`),
    text('etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'),
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
    text('etc/passwd', 'root:x:0:0:root:/:/bin/sh\n'),
    ...['proc', 'sys', 'dev', 'run', 'tmp', 'medium'].map(folder),
  ];
  const archive = cpioArchive([...entries, ...own], options.epoch);
  return {
    kernelVersion: index.kernel,
    kernel: bytes,
    initrd: await zstdFrame(archive, compression),
    hasUsbStorage: [...chosen].some((path) => /\/usb-storage\.ko/.test(path)),
  };
}
