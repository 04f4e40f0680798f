import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildError } from '../../engine/errors.ts';
import type { ToolContext } from '../press-context.ts';
import { type Extent, sectorBytes } from './layout.ts';

const modules = [
  'biosdisk',
  'part_gpt',
  'fat',
  'ext2',
  'search',
  'search_fs_uuid',
  'normal',
  'configfile',
  'linux',
  'echo',
  'test',
  'ls',
  'reboot',
  'halt',
];

// Offsets within GRUB's images. Source: GRUB 2 include/grub/i386/pc/boot.h.
const bootCodeBytes = 440;
const kernelSectorOffset = 0x5c;
const driveCheckOffset = 0x66;
const firstBlockStartOffset = 0x1f4;

/** `boot.img` for sector 0 (its first 440 bytes): jumps to the core's first sector on whichever drive the BIOS booted. */
export function patchBootCode(bootImage: Buffer, coreSector: number): Buffer {
  const code = Buffer.from(bootImage.subarray(0, bootCodeBytes));
  code.writeBigUInt64LE(BigInt(coreSector), kernelSectorOffset);
  // Two no-ops: a hard disk's number is taken from the BIOS as it is.
  code.writeUInt16LE(0x9090, driveCheckOffset);
  return code;
}

/** The core's first sector loads the rest, which follows it on the disk. */
export function patchCore(core: Buffer, coreSector: number): Buffer {
  const patched = Buffer.from(core);
  patched.writeBigUInt64LE(BigInt(coreSector + 1), firstBlockStartOffset);
  return patched;
}

/** Makes the boot code and the core image with the lock's own GRUB. */
export async function biosBoot(
  { tools, out, directory }: ToolContext,
  early: string,
  extent: Extent,
): Promise<{ readonly bootCode: Buffer; readonly core: Buffer }> {
  await writeFile(join(directory, 'early.cfg'), early);
  const format = ['--format', 'i386-pc', '--prefix', '/EFI/debian', '--config', `${out}/early.cfg`];
  await tools.run(['grub-mkimage', ...format, '--output', `${out}/core.img`, ...modules]);
  const core = await readFile(join(directory, 'core.img'));
  if (core.length > extent.sizeBytes) {
    const params = { what: 'the BIOS boot core', limitBytes: extent.sizeBytes, sizeBytes: core.length };
    throw buildError('BUILD_TOO_LARGE', params);
  }
  const sector = extent.startBytes / sectorBytes;
  const bootImage = await readFile(join(tools.root, 'usr/lib/grub/i386-pc/boot.img'));
  return { bootCode: patchBootCode(bootImage, sector), core: patchCore(core, sector) };
}
