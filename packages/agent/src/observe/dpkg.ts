import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';

const statusFile = '/var/lib/dpkg/status';
const maxBytes = 64 * 1024 * 1024;

const fieldOf = (paragraph: string, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1]?.trim();

/** Installed packages, name → version, by dpkg's status; undefined where dpkg has no records. */
export function installedPackages(device: Device): Map<string, string> | undefined {
  const bytes = readBounded(at(device, statusFile), maxBytes);
  if (bytes === undefined) return undefined;
  const installed = new Map<string, string>();
  for (const paragraph of bytes.toString('utf8').split('\n\n')) {
    const name = fieldOf(paragraph, 'Package');
    const version = fieldOf(paragraph, 'Version');
    if (name === undefined || version === undefined) continue;
    if (fieldOf(paragraph, 'Status')?.endsWith(' installed') === true) installed.set(name, version);
  }
  return installed;
}
