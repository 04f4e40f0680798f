import { mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DebianLock } from '@imprint/protocol';
import { fat32Volume } from '../outputs/disk/fat32.ts';
import { derivedUuid } from '../plan/identities.ts';
import type { ContentStore } from '../store/index.ts';
import { runTool } from '../tools/run-tool.ts';
import { mediumMenu, type StartOptions } from './boot-menu.ts';
import type { Installer } from './press-installer.ts';
import { unpackedTool, unpackTools } from './unpack-tools.ts';

const mebibyte = 1024 * 1024;
const espBytes = 40 * mebibyte;
const modules = [
  ...['biosdisk', 'iso9660', 'part_gpt', 'part_msdos', 'search', 'search_fs_file', 'normal', 'configfile'],
  ...['linux', 'echo', 'test', 'ls', 'reboot', 'halt', 'serial', 'terminal'],
];

/** A file of the published tree that the medium carries. */
export interface CarriedFile {
  /** Below the published tree. */
  readonly path: string;
  readonly from: string;
}

export interface MediumOptions {
  readonly installer: Installer;
  readonly lock: DebianLock;
  readonly store: ContentStore;
  readonly carried: readonly CarriedFile[];
  readonly start: StartOptions & { readonly medium: string };
  readonly title: string;
  readonly epoch: number;
  /** A directory on the output's file system, for what is put together; removed afterwards. */
  readonly work: string;
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
}

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

/** GRUB for BIOS firmware: a core that finds its menu on the medium, behind the boot code of a disc. */
async function biosImage(tools: string, work: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const directory = join(tools, 'usr/lib/grub/i386-pc');
  const core = join(work, 'core.img');
  const argv = ['--directory', directory, '--format', 'i386-pc', '--prefix', '/boot/grub', '--output', core];
  await runTool([...unpackedTool(tools, 'usr/bin/grub-mkimage'), ...argv, ...modules], { signal });
  const image = Buffer.concat([await readFile(join(directory, 'cdboot.img')), await readFile(core)]);
  await rm(core);
  return image;
}

/** The vendor's own signed shim, and its signed GRUB for discs, which looks for `/.disk/info` and the menu beside it. */
async function espImage(tools: string, epoch: number, serial: string): Promise<Buffer> {
  const file = (path: string) => readFile(join(tools, path));
  const boot = {
    'BOOTX64.EFI': await file('usr/lib/shim/shimx64.efi.signed'),
    'GRUBX64.EFI': await file('usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed'),
    'MMX64.EFI': await file('usr/lib/shim/mmx64.efi.signed'),
  };
  const options = { sizeBytes: espBytes, hiddenSectors: 0, serial, label: 'ESP', epoch };
  return fat32Volume({ EFI: { BOOT: boot } }, options);
}

/** A path on the medium and where its bytes are, as xorriso reads it. Source: xorrisofs(1), "-graft-points". */
const graft = ({ path, from }: CarriedFile): string => {
  const escaped = (text: string) => text.replace(/[\\=]/g, '\\$&');
  return `/imprint/${escaped(path)}=${escaped(from)}`;
};

/** One boot entry for each firmware, as a disc and as a disk. Source: xorrisofs(1), "Bootable ISO images". */
function isoArguments(
  place: { tree: string; esp: string; mbr: string; out: string },
  options: MediumOptions,
) {
  const { start, epoch, carried } = options;
  const stamp = new Date(epoch * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const guid = derivedUuid(start.medium, 'medium');
  return [
    ...['xorriso', '-as', 'mkisofs', '-iso-level', '3', '-r', '-V', `IMPRINT_${start.medium.toUpperCase()}`],
    ...[`--modification-date=${stamp}00`, '--set_all_file_dates', `${stamp}00`],
    ...['--gpt_disk_guid', guid.replaceAll('-', '')],
    ...['--grub2-mbr', place.mbr, '-partition_offset', '16'],
    ...['-append_partition', '2', 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', place.esp, '-appended_part_as_gpt'],
    ...['-c', 'boot/boot.cat', '-b', 'boot/grub/bios.img', '-no-emul-boot', '-boot-load-size', '4'],
    ...['-boot-info-table', '--grub2-boot-info', '-eltorito-alt-boot'],
    ...['-e', '--interval:appended_partition_2:all::', '-no-emul-boot', '-o', place.out],
    ...['-graft-points', place.tree, ...carried.map(graft)],
  ];
}

/**
 * Writes a medium that starts on BIOS and on UEFI firmware, from a disc drive and from a USB stick, with the installer
 * and all it verifies. The same release and options give the same bytes.
 *
 * @throws DEPLOY_TOOL_ABSENT, TOOL_MISSING, TOOL_FAILED
 */
export async function pressMedium(options: MediumOptions): Promise<void> {
  const { installer, lock, store, start, title, epoch, work, output, signal } = options;
  const [tools, tree] = [join(work, 'tools'), join(work, 'tree')];
  await mkdir(tools, { recursive: true });
  await unpackTools(lock, store, tools, signal);
  await put(join(tree, 'boot/kernel'), installer.kernel);
  await put(join(tree, 'boot/initrd'), installer.initrd);
  await put(join(tree, 'boot/grub/grub.cfg'), mediumMenu(title, start));
  await put(join(tree, 'boot/grub/bios.img'), await biosImage(tools, work, signal));
  await put(join(tree, '.disk/info'), `${title}\n`);
  const esp = join(work, 'esp.img');
  const serial = derivedUuid(start.medium, 'esp').slice(0, 8).toUpperCase();
  await writeFile(esp, await espImage(tools, epoch, serial));
  await truncate(esp, espBytes);
  const mbr = join(tools, 'usr/lib/grub/i386-pc/boot_hybrid.img');
  const out = join(work, 'medium.iso');
  await runTool(isoArguments({ tree, esp, mbr, out }, options), {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    signal,
  });
  await rename(out, output);
}
