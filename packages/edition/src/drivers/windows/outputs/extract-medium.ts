import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { windowsPressError } from '../press/errors.ts';

/** Where a Windows medium has what an edition's needs. Source: learn.microsoft.com, "Oscdimg Command-Line Options", -b. */
const places = {
  sources: 'sources',
  bios: 'boot/etfsboot.com',
  uefi: 'efi/microsoft/boot/efisys.bin',
} as const;

/** Paths below the extracted medium, as it spells them. */
export type MediumPlaces = Readonly<Record<keyof typeof places, string>>;

async function findPlace(root: string, wanted: string, medium: string): Promise<string> {
  let found = '';
  for (const name of wanted.split('/')) {
    const names = await readdir(join(root, found)).catch(() => []);
    const spelled = names.find((one) => one.toLowerCase() === name);
    if (spelled === undefined)
      throw windowsPressError('WINDOWS_PRESS_MEDIUM', { medium, expected: wanted, got: 'none' });
    found = found === '' ? spelled : `${found}/${spelled}`;
  }
  return found;
}

/**
 * Extracts a medium without its installation image, through its UDF tree if it has one, and finds its boot programs.
 *
 * @throws WINDOWS_PRESS_MEDIUM, TOOL_FAILED, TOOL_MISSING
 */
export async function extractMedium(
  medium: { readonly file: string; readonly name: string },
  directory: string,
  signal?: AbortSignal,
): Promise<MediumPlaces> {
  const images = ['wim', 'esd', 'swm'].map((kind) => `-xr!install*.${kind}`);
  const how = ['-y', '-bd', '-bso0', '-bsp0', '-ssc-', ...images, `-o${directory}`];
  await runTool(['7z', 'x', ...how, '--', medium.file], { signal });
  const find = (place: keyof typeof places) => findPlace(directory, places[place], medium.name);
  const found = { sources: await find('sources'), bios: await find('bios'), uefi: await find('uefi') };
  for (const place of ['bios', 'uefi'] as const)
    if (!(await lstat(join(directory, found[place]))).isFile())
      throw windowsPressError('WINDOWS_PRESS_MEDIUM', {
        medium: medium.name,
        expected: places[place],
        got: 'no regular file',
      });
  return found;
}
