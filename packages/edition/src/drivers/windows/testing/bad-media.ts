import { copyFile, mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { headerChecksum } from '../formats/regf/cells.ts';
import { minimalHive } from '../formats/regf/minimal-hive.ts';

/** Copies a WIM and cuts it off, as an interrupted copy would be. */
export async function truncatedWim(wim: string, to: string, sizeBytes: number): Promise<string> {
  await copyFile(wim, to);
  await truncate(to, sizeBytes);
  return to;
}

/** Makes a small ESD: one image whose resources are solid. */
export async function solidWim(directory: string): Promise<string> {
  const tree = join(directory, 'solid-tree');
  await mkdir(join(tree, 'Windows/System32'), { recursive: true });
  await writeFile(join(tree, 'Windows/System32/one.txt'), 'one '.repeat(4096));
  const esd = join(directory, 'install.esd');
  await runTool(['wimlib-imagex', 'capture', tree, esd, 'Windows 10 Enterprise', '--solid', '--no-acls']);
  return esd;
}

/** Splits a WIM into parts of at most so many mebibytes and returns the directory of the parts. */
export async function splitParts(wim: string, directory: string, partMebibytes: number): Promise<string> {
  await mkdir(directory, { recursive: true });
  await runTool(['wimlib-imagex', 'split', wim, join(directory, 'install.swm'), String(partMebibytes)]);
  return directory;
}

/** A hive that claims to be of Windows NT 3.1's time: version 1.1. Source: regf base block, minor version at 24. */
export function oldHive(): Buffer {
  const hive = minimalHive({ name: 'SOFTWARE' });
  hive.writeUInt32LE(1, 24);
  hive.writeUInt32LE(headerChecksum(hive), 508);
  return hive;
}
