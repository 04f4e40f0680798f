import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { patchWimGuid } from '../formats/wim/patch-guid.ts';
import { biosBootProgram, uefiBootProgram, writeEfiSystemImage } from './boot-programs.ts';
import { pinImageTimes } from './capture-fixture.ts';
import { pinTimes } from './fixture-stage.ts';
import type { WindowsFixture } from './windows-fixture.ts';

/** An installation medium around a fixture. */
export interface WindowsMedium {
  /** The directory the ISO was made of. */
  readonly tree: string;
  /** With ISO 9660, Joliet and UDF; genisoimage gives UDF random identifiers, so its bytes differ each time. */
  readonly iso: string;
}

const setupImages = ['Microsoft Windows PE (amd64)', 'Microsoft Windows Setup (amd64)'] as const;

/** A small boot.wim of two images, the second of which boots. */
async function writeBootWim(work: string, to: string, epochSeconds: number): Promise<void> {
  const tree = join(work, 'boot-tree');
  await mkdir(join(tree, 'Windows/System32'), { recursive: true });
  await writeFile(join(tree, 'Windows/System32/winpeshl.ini'), '[LaunchApp]\r\nAppPath = X:\\setup.exe\r\n');
  await writeFile(join(tree, 'setup.exe'), uefiBootProgram());
  await pinTimes(tree, epochSeconds);
  const captured = join(work, 'boot-captured.wim');
  for (const [position, name] of setupImages.entries()) {
    const how = position === 0 ? ['--compress=LZX'] : ['--boot'];
    await runTool([
      'wimlib-imagex',
      position === 0 ? 'capture' : 'append',
      tree,
      captured,
      name,
      '--no-acls',
      ...how,
    ]);
    await pinImageTimes(captured, position + 1, epochSeconds);
  }
  await runTool(['wimlib-imagex', 'export', captured, 'all', to, '--boot']);
  await patchWimGuid(to, createHash('sha256').update('boot.wim').digest('hex'));
}

async function writeMediumTree(tree: string, fixture: WindowsFixture): Promise<void> {
  const files: Readonly<Record<string, Uint8Array | string>> = {
    'boot/etfsboot.com': biosBootProgram(),
    'boot/bootfix.bin': 'bootfix',
    'efi/boot/bootx64.efi': uefiBootProgram(),
    bootmgr: 'bootmgr',
    'bootmgr.efi': uefiBootProgram(),
    'setup.exe': uefiBootProgram(),
    'autorun.inf': '[AutoRun.Amd64]\r\nopen=setup.exe\r\n',
    'sources/lang.ini': '[Available UI Languages]\r\nzh-CN = 3\r\nen-US = 3\r\n',
    'sources/idwbinfo.txt': '[BUILDINFO]\r\nBuildArch=amd64\r\n',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  await mkdir(join(tree, 'efi/microsoft/boot'), { recursive: true });
  await writeEfiSystemImage(join(tree, 'efi/microsoft/boot/efisys.bin'), fixture.epochSeconds);
  await copyFile(fixture.wim, join(tree, 'sources/install.wim'));
}

/** Packs a tree as Microsoft's own media are: UDF, and El Torito entries for BIOS and UEFI. */
async function packIso(tree: string, iso: string): Promise<void> {
  const names = ['-udf', '-iso-level', '3', '-J', '-joliet-long', '-V', 'CCCOMA_X64FRE_ZH-CN_DV9'];
  const bios = ['-b', 'boot/etfsboot.com', '-no-emul-boot', '-boot-load-size', '4'];
  const uefi = ['-eltorito-alt-boot', '-e', 'efi/microsoft/boot/efisys.bin', '-no-emul-boot'];
  await runTool(['genisoimage', '-quiet', ...names, ...bios, ...uefi, '-o', iso, tree]);
}

/** Builds an installation medium around a fixture, as input for a lock; both of its boot programs really run. */
export async function buildWindowsMedium(directory: string, fixture: WindowsFixture): Promise<WindowsMedium> {
  const tree = join(directory, 'medium');
  await writeMediumTree(tree, fixture);
  await writeBootWim(directory, join(tree, 'sources/boot.wim'), fixture.epochSeconds);
  await pinTimes(tree, fixture.epochSeconds);
  const iso = join(directory, 'windows.iso');
  await packIso(tree, iso);
  return { tree, iso };
}
