import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { devicePaths, isImprintError, type Localized } from '@imprint/protocol';
import type { CommandRunner } from '../files/command.ts';
import { readBounded } from '../files/durable.ts';
import { readVirtual } from '../files/virtual.ts';
import { blobPath } from '../release/evidence.ts';
import { isRecord, parseJson } from '../state/json.ts';
import type { InstallerConsole } from './console.ts';
import { findMedium, listDisks } from './disks.ts';
import { installError } from './errors.ts';
import { connect, loadDrivers } from './hardware.ts';
import type { Disk, InstallWishes } from './model.ts';
import { chooseDisk, nameOf, readWishes, requireFitting } from './rules.ts';
import { directorySource, type ReleaseSource, serverSource } from './source.ts';
import { type VerifiedImage, verifySource } from './verify-source.ts';
import { writeImage } from './write-image.ts';

const klibc = '/usr/lib/klibc/bin';
const mountPoint = '/medium';
/** The file that says: this is an installer, not a system. */
export const installerFile = '/etc/imprint/installer.json';
const mediumAttempts = 20;

export interface Installer {
  readonly console: InstallerConsole;
  readonly run: CommandRunner;
  readonly wait: (ms: number) => Promise<void>;
  readonly now: () => Date;
}

interface Identity {
  readonly edition: string;
  readonly channel: string;
  /** When the metadata that came with this installer was fresh. */
  readonly freshAt: Date;
}

function readIdentity(): Identity {
  const value = parseJson(readBounded(installerFile, 65_536) ?? Buffer.alloc(0));
  if (!isRecord(value)) throw installError('AGENT_INSTALL_NOT_HERE');
  const { edition, channel, freshAt } = value;
  return { edition: String(edition), channel: String(channel), freshAt: new Date(String(freshAt)) };
}

/** What this start asks for. @throws AGENT_INSTALL_OPTION */
export const wishesOfThisStart = (): InstallWishes => readWishes(readVirtual('/proc/cmdline') ?? '');

interface Found {
  readonly source: ReleaseSource;
  /** The device it lies on, which is never installed to. */
  readonly device: string | undefined;
}

async function fromMedium({ run, wait }: Installer, medium: string): Promise<Found | undefined> {
  const volume = `IMPRINT_${medium.toUpperCase()}`;
  for (let attempt = 0; attempt < mediumAttempts; attempt += 1) {
    const device = findMedium('/', volume);
    if (device !== undefined) {
      mkdirSync(mountPoint, { recursive: true });
      const mounted = run(join(klibc, 'mount'), ['-t', 'iso9660', '-o', 'ro', `/dev/${device}`, mountPoint]);
      if (mounted?.status === 0)
        return { device, source: directorySource(`/dev/${device}`, join(mountPoint, 'imprint')) };
    }
    await wait(1_000);
  }
  return undefined;
}

async function findSource(installer: Installer, wishes: InstallWishes): Promise<Found> {
  const medium = wishes.medium === undefined ? undefined : await fromMedium(installer, wishes.medium);
  if (medium !== undefined) return medium;
  if (wishes.source === undefined) throw installError('AGENT_INSTALL_NO_SOURCE');
  const name = connect(installer);
  installer.console.say({ en: `network: ${name}`, 'zh-CN': `网络：${name}` });
  return { device: undefined, source: serverSource(wishes.source, installer.wait) };
}

async function verifyFound(installer: Installer, { source, device }: Found): Promise<VerifiedImage> {
  const { edition, channel, freshAt } = readIdentity();
  // A clock that a flat battery set back is still not before the signatures of what it holds.
  const now = new Date(Math.max(installer.now().getTime(), freshAt.getTime()));
  return verifySource({
    source,
    trustedRoot: readFileSync(devicePaths.root),
    edition,
    channel,
    freshAt: device === undefined ? now : freshAt,
    now,
  });
}

function saidOf({ manifest, sha256, signedBy, image }: VerifiedImage, { label }: ReleaseSource): Localized {
  const { edition, version, channel, sequence } = manifest;
  const parties = signedBy.join(', ');
  const mebibytes = Math.ceil(image.sizeBytes / 1_048_576);
  return {
    en: `verified: ${edition} ${version} (${channel}, ${sequence}) from ${label}\n  release ${sha256}\n  approved by ${parties}\n  image ${image.sha256}, ${mebibytes} MiB`,
    'zh-CN': `已验证：${edition} ${version}（${channel}，${sequence}），来源 ${label}\n  发布 ${sha256}\n  已批准：${parties}\n  镜像 ${image.sha256}，${mebibytes} MiB`,
  };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const lineOf = (disk: Disk, number: number) =>
  `  ${number}  ${nameOf(disk)}  ${disk.model}  ${gigabytes(disk.sizeBytes)}  ${disk.holds ?? '-'}`;

/** A person picks a disk from the list, and types what the act is called. @throws AGENT_INSTALL_DECLINED and those of the disk */
async function askForDisk(console: InstallerConsole, disks: readonly Disk[], bytes: number): Promise<Disk> {
  const list = disks.map((disk, index) => lineOf(disk, index + 1)).join('\n');
  const answer = await console.ask({
    en: `disks of this machine:\n${list}\nwhich one is to be written? its number:`,
    'zh-CN': `本机磁盘：\n${list}\n写入哪一个？请输入编号：`,
  });
  const disk = disks[Number(answer) - 1];
  if (disk === undefined || !/^\d+$/.test(answer))
    throw installError('AGENT_INSTALL_DECLINED', { expected: `1-${disks.length}`, got: answer });
  requireFitting(disk, bytes, true);
  const word = disk.holds === undefined ? 'install' : `erase ${disk.serial === '' ? disk.name : disk.serial}`;
  const typed = await console.ask({
    en: `everything on ${nameOf(disk)} (${disk.holds ?? 'blank'}) will be overwritten. Type "${word}":`,
    'zh-CN': `${nameOf(disk)}（${disk.holds ?? '空白'}）上的全部内容将被覆盖。请输入“${word}”：`,
  });
  if (typed !== word) throw installError('AGENT_INSTALL_DECLINED', { expected: word, got: typed });
  return disk;
}

async function writeTo(installer: Installer, disk: Disk, { image }: VerifiedImage, source: ReleaseSource) {
  const { console } = installer;
  console.say({
    en: `writing to ${nameOf(disk)}, ${gigabytes(disk.sizeBytes)}`,
    'zh-CN': `正在写入 ${nameOf(disk)}，${gigabytes(disk.sizeBytes)}`,
  });
  let shown = 0;
  await writeImage({
    path: `/dev/${disk.name}`,
    diskBytes: disk.sizeBytes,
    image,
    bytes: source.stream(blobPath(image.sha256), image.sizeBytes),
    onProgress: (done) => {
      const percent = Math.floor((done / image.sizeBytes) * 10) * 10;
      if (percent <= shown) return;
      shown = percent;
      console.say({ en: `${percent} %`, 'zh-CN': `${percent} %` });
    },
  });
}

/** One attempt from drivers to a disk that starts. @throws AGENT_INSTALL_*, TRUST_*, AGENT_* */
async function attempt(installer: Installer, wishes: InstallWishes): Promise<void> {
  const { console } = installer;
  await loadDrivers(installer);
  const found = await findSource(installer, wishes);
  const verified = await verifyFound(installer, found);
  console.say(saidOf(verified, found.source));
  const disks = listDisks('/', found.device);
  const bytes = verified.image.sizeBytes;
  const disk = wishes.isUnattended
    ? chooseDisk(disks, wishes, bytes)
    : await askForDisk(console, disks, bytes);
  await writeTo(installer, disk, verified, found.source);
  console.say({
    en: `installed on ${nameOf(disk)}; ${wishes.isOem ? 'switching off' : 'restarting'}`,
    'zh-CN': `已安装到 ${nameOf(disk)}；即将${wishes.isOem ? '关机' : '重新启动'}`,
  });
}

/**
 * Installs as this start's command line asks, until it succeeds: a failure stays on the screen until somebody presses
 * Enter. What follows is left to the caller in `/run/imprint-next`: `reboot` or `poweroff`.
 * @throws AGENT_INSTALL_NOT_HERE
 */
export async function install(installer: Installer, wishes: InstallWishes): Promise<void> {
  readIdentity();
  for (;;) {
    try {
      await attempt(installer, wishes);
      writeFileSync('/run/imprint-next', wishes.isOem ? 'poweroff' : 'reboot');
      return;
    } catch (error) {
      if (!isImprintError(error)) throw error;
      installer.console.fail(error);
      await installer.console.ask({
        en: 'nothing was installed. Press Enter to try again.',
        'zh-CN': '未安装任何内容。按 Enter 键重试。',
      });
    }
  }
}
