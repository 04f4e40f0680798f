import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { at, type Device } from '../../device.ts';
import { readBounded } from '../../files/durable.ts';

const maxBytes = 1024 * 1024;

/** The lines of a text file without comments and blank ones; undefined where it cannot be read. */
export function readLines(device: Device, path: string): string[] | undefined {
  const lines = readBounded(at(device, path), maxBytes)?.toString('utf8').split('\n');
  return lines?.map((line) => line.trim()).filter((line) => line !== '' && !/^[#;]/.test(line));
}

/** Files of a directory with this extension, in the order in which later ones override; none where there is no directory. */
export function filesIn(device: Device, directory: string, extension: string): string[] {
  try {
    const names = readdirSync(at(device, directory)).filter((name) => extname(name) === extension);
    return names.sort().map((name) => join(directory, name));
  } catch {
    return [];
  }
}
