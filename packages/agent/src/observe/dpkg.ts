import { at, type Device } from '../device.ts';
import { readBounded } from '../files/durable.ts';

const statusFile = '/var/lib/dpkg/status';
const maxBytes = 64 * 1024 * 1024;

const fieldOf = (paragraph: string, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1]?.trim();

/** A package that dpkg has installed; an architecture that dpkg does not state is empty. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** Installed packages by dpkg's status; undefined where dpkg has no records. */
export function installedList(device: Device): Installed[] | undefined {
  const bytes = readBounded(at(device, statusFile), maxBytes);
  if (bytes === undefined) return undefined;
  const installed: Installed[] = [];
  for (const paragraph of bytes.toString('utf8').split('\n\n')) {
    const name = fieldOf(paragraph, 'Package');
    const version = fieldOf(paragraph, 'Version');
    if (name === undefined || version === undefined) continue;
    if (fieldOf(paragraph, 'Status')?.endsWith(' installed') !== true) continue;
    installed.push({ name, version, architecture: fieldOf(paragraph, 'Architecture') ?? '' });
  }
  return installed;
}

/** Installed packages, name → version, by dpkg's status; undefined where dpkg has no records. */
export function installedPackages(device: Device): Map<string, string> | undefined {
  const installed = installedList(device);
  return installed && new Map(installed.map(({ name, version }) => [name, version]));
}
